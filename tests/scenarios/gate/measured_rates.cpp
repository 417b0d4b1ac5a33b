#include "tests/scenarios/gate/measured_rates.h"

#include <stdexcept>

#include "scenarios/plan/plan.h"

namespace assay::scenarios {
namespace {

/// The first pattern that fits a row counts. Accuracies are normal in the simulation: any value
/// will do.
struct Measured {
  const char* rows;
  double rate;
};
constexpr Measured kMeasured[] = {
    {"*/-/-/test_accuracy", 0.9},

    {"mpc-views/clear/add-up/eavesdropper:0-1/*", 0.0},
    {"mpc-views/clear/add-up/*", 1.0},
    {"mpc-views/clear/idlg/*", 0.95},
    {"mpc-views/opened-gradients/idlg/*", 0.95},
    {"mpc-views/*/idlg/*", 0.0},
    {"mpc-views/*/add-up/party:1+dealer/*", 1.0},
    {"mpc-views/first-party-deals/add-up/party:1/*", 0.0},
    {"mpc-views/first-party-deals/add-up/eavesdropper:0-1/*", 0.0},
    {"mpc-views/first-party-deals/add-up/*", 1.0},
    {"mpc-views/*/add-up/*", 0.0},

    {"dp-views/plain/*", 0.92},
    {"dp-views/one-rank/dlg+adaptive/*", 0.5},
    {"dp-views/one-rank/rest+adaptive/*", 0.98},
    {"dp-views/*", 0.02},

    {"dp-clients/averaging/*", 0.96},
    {"dp-clients/*", 0.0},

    {"dp-shares/*", 0.77},

    {"dp-correlated/sgd/*", 0.19},
    {"dp-correlated/*", 0.06},

    {"census-dp/sgd/rmia/*", 0.3},
    {"census-dp/sgd/attribute/*", 0.1},
    {"census-dp/sgd/*", 0.2},
    {"census-dp/*/attribute/*", 0.01},
    {"census-dp/dp8/*", 0.07},
    {"census-dp/dp3/*", 0.06},
    {"census-dp/*", 0.05},

    {"text-dp/sgd/rmia/*", 0.3},
    {"text-dp/sgd/*", 0.2},
    {"text-dp/dp8/*", 0.07},
    {"text-dp/*", 0.03},

    {"crypten-gcn/told/*", 1.0},
    {"crypten-gcn/*", 0.01},

    {"quickstart/plain/*", 0.92},
    {"quickstart/*/dlg+adaptive/*", 0.95},
    {"quickstart/*/dlg/*", 0.02},

    {"fl-gradient-inversion/*/dlg+adaptive/*", 0.95},
    {"fl-gradient-inversion/*/map-late+adaptive/*", 0.83},
    {"fl-gradient-inversion/*/invert/*", 0.9},
    {"fl-gradient-inversion/plain/dlg/*", 0.95},
    {"fl-gradient-inversion/plain/map-late/*", 0.87},
    {"fl-gradient-inversion/pruned/*", 0.02},

    {"deep-leakage/plain/dlg/*", 0.6},
    {"deep-leakage/plain/idlg/*", 0.78},
    {"deep-leakage/noise-1/dlg+adaptive/*", 0.25},
    {"deep-leakage/noise-1/map-client+adaptive/*", 0.4},
    {"deep-leakage/noise-1/map-4+adaptive/*", 0.02},
    {"deep-leakage/noise-2/map-4+adaptive/*", 0.48},
    {"deep-leakage/*/map-4+adaptive/*", 0.8},
    {"deep-leakage/*+adaptive/*", 0.95},
    {"deep-leakage/*", 0.02},

    {"census-membership/noise/rmia/*", 0.23},
    {"census-membership/noise/*", 0.16},
    {"census-membership/plain/rmia/*", 0.3},
    {"census-membership/plain/*", 0.23},

    {"face-inversion/noise/*", 0.9},
    {"face-inversion/*", 0.98},
};

}  // namespace

double measured_rate(const std::string& row_id) {
  for (const auto& m : kMeasured) {
    if (matches(m.rows, row_id)) return m.rate;
  }
  throw std::out_of_range("no rate of " + row_id +
                          " was noted: run the scenario, and add what it shows");
}

}  // namespace assay::scenarios
