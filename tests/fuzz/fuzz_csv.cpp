// Recorded input of the spiking neuron: the reader of CSV files, gzip or not.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>

#include "datasets/csv.hpp"
#include "tests/fuzz/fuzzing.hpp"

using namespace syncache;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::filesystem::path file = fuzz::write_file("table.csv", fuzz::as_text({data, size}));
    try {
        CsvReader csv(file, {"run", "step", "source", "value"});
        while (csv.next()) {
            const std::int64_t run = csv.integer(0, 0, 99);
            fuzz::expect(run >= 0 && run <= 99, "an integer out of its bounds");
            csv.integer(1, INT64_MIN, INT64_MAX);
            fuzz::expect(csv.text(2).find(',') == std::string_view::npos, "a value with a comma");
            const double value = csv.real(3);
            fuzz::expect(value - value == 0.0, "a number that is not finite");
        }
    } catch (const std::invalid_argument&) {
    }
    return 0;
}
