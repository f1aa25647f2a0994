#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "host/settings/parameter.hpp"
#include "host/settings/trial.hpp"

namespace syncache {

// A trial read once, as members of a struct. The line that defines a member declares its parameter, too:
//
//     struct TeacherSettings : Settings {
//         using Settings::Settings;
//         std::int64_t inputs = integer("inputs", 10, 1, 1e6, "inputs, and plastic synapses");
//         double threshold = real("threshold", 0.0, 0.0, infinity, "weight", "consolidation threshold");
//     };
//
// TeacherSettings(trial) has the trial's values, TeacherSettings() has the defaults, and
// parameters_of<TeacherSettings>() lists the parameters in the order of the members.
class Settings {
  public:
    Settings() = default;
    explicit Settings(const Trial& trial) : trial_(&trial) {}
    explicit Settings(std::vector<Parameter>& list) : list_(&list) {}

    // Each gives the parameter's value. What the arguments mean is said in declare.hpp; errors are those of Trial.
    std::int64_t integer(const char* name, std::int64_t fallback, double minimum, double maximum,
                         const char* description);
    double real(const char* name, double fallback, double minimum, double maximum, const char* unit,
                const char* description);
    double real_above(const char* name, double fallback, double minimum, double maximum, const char* unit,
                      const char* description);
    std::string choice(const char* name, const char* fallback, std::initializer_list<const char*> choices,
                       const char* description);

    // The same for parameters of later versions, which nobody knows of where an experiment does not set them
    // (Parameter::only_if_set).
    bool later_boolean(const char* name, bool fallback, const char* description);
    double later_real_above(const char* name, double fallback, double minimum, double maximum, const char* description);
    std::string later_choice(const char* name, const char* fallback, std::initializer_list<const char*> choices,
                             const char* description);
    std::string later_reals_above(const char* name, const char* fallback, double minimum, double maximum,
                                  const char* description);

    // Where the files lie; empty without a file, and in the defaults.
    std::filesystem::path file(const char* name, const char* description);
    std::vector<std::filesystem::path> files(const char* name, const char* description);

    // The text of the list: see list_items and real_items.
    std::string integers(const char* name, const char* fallback, double minimum, double maximum,
                         const char* description);
    std::string reals_above(const char* name, const char* fallback, double minimum, double maximum,
                            const char* description);
    std::string optional_integers(const char* name, double minimum, double maximum, const char* description);
    std::string optional_reals(const char* name, double minimum, double maximum, bool above_minimum,
                               const char* description);

  private:
    // Both are used while the members are made, and never after.
    const Trial* trial_ = nullptr;
    std::vector<Parameter>* list_ = nullptr;
};

// The parameters that the members of S declare. S: a Settings that can be made of a list of parameters.
template <class S>
std::vector<Parameter> parameters_of() {
    std::vector<Parameter> list;
    S declared(list);
    return list;
}

}  // namespace syncache
