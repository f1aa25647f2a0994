#pragma once

namespace syncache {

// What remains of a transient weight after a presentation (model.md, section 1): 1 - 1/tau if `linear`, else
// exp(-1/tau). tau: in presentations, > 0 (linear: at least 1), or infinity, which is no decay.
double decay_factor(double tau, bool linear);

}  // namespace syncache
