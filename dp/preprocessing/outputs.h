#pragma once

#include "dp/preprocessing/prepare.h"
#include "dp/preprocessing/records_file.h"
#include "dp/preprocessing/report.h"

namespace assay::dp {

/// Refuses lines beyond the limit, and an empty outcome; the report is then written all the same.
/// Errors: TooManyRefused.
void check_refused(const PrepareOptions& options, const PrepareCounts& counts,
                   StreamedFile& report);

/// Gives the three files their names, prepared.json last: where it is, the others are whole.
void commit_outputs(const PrepareOptions& options, Prepared& prepared, RecordsFile& records,
                    StreamedFile& report);

}  // namespace assay::dp
