#pragma once

#include <iosfwd>
#include <string>

#include "host/experiment/experiment.hpp"
#include "host/results/results.hpp"

namespace syncache {

// Writes a table of predictions, one row for each trial and accounting setting in the order of exports: the parameters,
// the prices, then Theory::columns() of the experiment's model. K and T are predicted.
// Throws std::invalid_argument for a model without closed forms.
void export_theory(const Experiment& experiment, ExportFormat format, std::ostream& out);

// The same for the trials in a results file, K and T as measured (`table` "outcomes"); or ("epochs") one row for each
// recorded epoch and accounting setting, with that epoch's updates and what follows from them:
// Theory::epoch_columns(); or ("distribution", where epochs were recorded, too) one row for each bin of each epoch,
// with the share of the epoch's presentations in it, measured and by Theory::transient_share. Throws
// std::invalid_argument for a model without closed forms and for a table that is none of these or was not recorded.
void export_theory(Store& store, const std::string& table, ExportFormat format, std::ostream& out);

}  // namespace syncache
