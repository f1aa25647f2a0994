#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/emulator/emulator.hpp"

// The main function of tests whose backend `cuda` is the emulator: what its checks report fails the test that runs.
namespace {

class ReportsAreFailures : public ::testing::EmptyTestEventListener {
    void OnTestEnd(const ::testing::TestInfo&) override {
        emulator::report_what_is_left();
        for (const emulator::Report& report : emulator::take_reports()) {
            ADD_FAILURE() << "emulator: [" << report.check << "] " << report.text;
        }
    }
};

}  // namespace

int main(int argc, char** argv) {
    // The sizes of the parity tests were chosen for a GPU's speed; see tests/support/parity_size.hpp.
    setenv("SYNCACHE_PARITY_SIZE", "reduced", 0);
    setenv("SYNCACHE_TEST_PROGRAM", SYNCACHE_EMULATED_PROGRAM, 0);
    ::testing::InitGoogleTest(&argc, argv);
    ::testing::UnitTest::GetInstance()->listeners().Append(new ReportsAreFailures);
    return RUN_ALL_TESTS();
}
