#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace assay::scenarios {

/// One verb each; returns the exit status. Errors: UsageError, SpecError, std::invalid_argument
/// (all 2); std::runtime_error (3).
using CommandArguments = std::vector<std::string>;
int command_list(const CommandArguments& arguments);
int command_validate(const CommandArguments& arguments);
int command_plan(const CommandArguments& arguments);
int command_run(const CommandArguments& arguments);
int command_report(const CommandArguments& arguments);
int command_gate(const CommandArguments& arguments);
int command_baseline(const CommandArguments& arguments);
int command_bench(const CommandArguments& arguments);
int command_party(const CommandArguments& arguments);
int command_launch(const CommandArguments& arguments);
int command_certs(const CommandArguments& arguments);
int command_deal(const CommandArguments& arguments);
int command_epsilon(const CommandArguments& arguments);
int command_prepare(const CommandArguments& arguments);
int command_env(const CommandArguments& arguments);

/// Where data sets and shipped scenarios lie: beside the program's source, or where it was
/// installed.
std::filesystem::path default_data_dir();
std::filesystem::path scenario_library();

}  // namespace assay::scenarios
