#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <sstream>
#include <string>
#include <tuple>

namespace syncache::test {

// Name of a parity case, so that filters can choose it by its values: ("local-global", 33, 20) is local_global_33_20.
struct ParityName {
    template <class... Values>
    std::string operator()(const ::testing::TestParamInfo<std::tuple<Values...>>& info) const {
        std::ostringstream text;
        std::apply([&](const auto& first, const auto&... rest) { ((text << first), ..., (text << '_' << rest)); },
                   info.param);
        std::string name = text.str();
        for (char& c : name) {
            c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
        }
        return name;
    }
};

}  // namespace syncache::test
