#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <utility>
#include <vector>

// What the files of the module syncache._core share. Each adds its functions to the module.
namespace syncache::python {

namespace nb = nanobind;

void add_models(nb::module_& module);
void add_experiments(nb::module_& module);
void add_running(nb::module_& module);
void add_tables(nb::module_& module);

// A NumPy array that owns these values; without a copy.
template <class T>
nb::object array_of(std::vector<T>&& values, const std::vector<std::size_t>& shape) {
    auto* const owned = new std::vector<T>(std::move(values));
    const nb::capsule owner(owned, [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
    return nb::cast(nb::ndarray<nb::numpy, T>(owned->data(), shape.size(), shape.data(), owner));
}

}  // namespace syncache::python
