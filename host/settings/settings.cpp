#include "host/settings/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "host/settings/declare.hpp"

namespace syncache {

std::int64_t Settings::integer(const char* name, std::int64_t fallback, double minimum, double maximum,
                               const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::integer(name, fallback, minimum, maximum, description));
    }
    return trial_ != nullptr ? trial_->integer(name) : fallback;
}

double Settings::real(const char* name, double fallback, double minimum, double maximum, const char* unit,
                      const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::real(name, fallback, minimum, maximum, unit, description));
    }
    return trial_ != nullptr ? trial_->real(name) : fallback;
}

double Settings::real_above(const char* name, double fallback, double minimum, double maximum, const char* unit,
                            const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::real_above(name, fallback, minimum, maximum, unit, description));
    }
    return trial_ != nullptr ? trial_->real(name) : fallback;
}

std::string Settings::choice(const char* name, const char* fallback, std::initializer_list<const char*> choices,
                             const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::choice(name, fallback, {choices.begin(), choices.end()}, description));
    }
    return trial_ != nullptr ? trial_->text(name) : fallback;
}

bool Settings::later_boolean(const char* name, bool fallback, const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::later(declare::boolean(name, fallback, description)));
    }
    return trial_ != nullptr ? trial_->boolean(name) : fallback;
}

double Settings::later_real_above(const char* name, double fallback, double minimum, double maximum,
                                  const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::later(declare::real_above(name, fallback, minimum, maximum, "", description)));
    }
    return trial_ != nullptr ? trial_->real(name) : fallback;
}

std::string Settings::later_choice(const char* name, const char* fallback, std::initializer_list<const char*> choices,
                                   const char* description) {
    if (list_ != nullptr) {
        list_->push_back(
            declare::later(declare::choice(name, fallback, {choices.begin(), choices.end()}, description)));
    }
    return trial_ != nullptr ? trial_->text(name) : fallback;
}

std::string Settings::later_reals_above(const char* name, const char* fallback, double minimum, double maximum,
                                        const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::later(declare::reals_above(name, fallback, minimum, maximum, description)));
    }
    return trial_ != nullptr ? trial_->text(name) : fallback;
}

std::filesystem::path Settings::file(const char* name, const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::file(name, description));
    }
    return trial_ != nullptr ? trial_->path(name) : std::filesystem::path();
}

std::vector<std::filesystem::path> Settings::files(const char* name, const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::files(name, description));
    }
    return trial_ != nullptr ? trial_->paths(name) : std::vector<std::filesystem::path>();
}

std::string Settings::integers(const char* name, const char* fallback, double minimum, double maximum,
                               const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::integers(name, fallback, minimum, maximum, description));
    }
    return trial_ != nullptr ? trial_->text(name) : fallback;
}

std::string Settings::reals_above(const char* name, const char* fallback, double minimum, double maximum,
                                  const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::reals_above(name, fallback, minimum, maximum, description));
    }
    return trial_ != nullptr ? trial_->text(name) : fallback;
}

std::string Settings::optional_integers(const char* name, double minimum, double maximum, const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::optional_integers(name, minimum, maximum, description));
    }
    return trial_ != nullptr ? trial_->text(name) : std::string();
}

std::string Settings::optional_reals(const char* name, double minimum, double maximum, bool above_minimum,
                                     const char* description) {
    if (list_ != nullptr) {
        list_->push_back(declare::optional_reals(name, minimum, maximum, above_minimum, description));
    }
    return trial_ != nullptr ? trial_->text(name) : std::string();
}

}  // namespace syncache
