#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/fake_model.hpp"

namespace syncache::test {

// A model whose parameters and columns are given.
class GivenModel : public FakeModel {
  public:
    GivenModel(std::vector<Parameter> parameters, std::vector<std::string> columns, std::string name = "given")
        : parameters_(std::move(parameters)), columns_(std::move(columns)), name_(std::move(name)) {}
    std::string_view name() const override { return name_; }
    std::span<const Parameter> parameters() const override { return parameters_; }
    std::span<const std::string> extra_columns() const override { return columns_; }

  private:
    std::vector<Parameter> parameters_;
    std::vector<std::string> columns_;
    std::string name_;
};

}  // namespace syncache::test
