#include <zlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/csv.hpp"
#include "tests/support/scratch.hpp"

namespace syncache::test {
namespace {

std::string refused(const std::filesystem::path& file, const std::vector<std::string>& columns = {"step", "source"}) {
    return message_of<std::invalid_argument>([&] {
        CsvReader csv(file, columns);
        while (csv.next()) {
            csv.integer(0, 0, 99);
        }
    });
}

TEST(Csv, ReadsColumnsByName) {
    const Scratch scratch;
    CsvReader csv(scratch.write("a.csv", "source,extra,step\na1,x,7\r\n\nb0,,42"), {"step", "source"});
    ASSERT_TRUE(csv.next());
    EXPECT_EQ(csv.integer(0, 0, 99), 7);
    EXPECT_EQ(csv.text(1), "a1");
    ASSERT_TRUE(csv.next());
    EXPECT_EQ(csv.real(0), 42.0);
    EXPECT_EQ(csv.place(), (scratch / "a.csv").string() + ":4");
    EXPECT_FALSE(csv.next());
}

TEST(Csv, ReadsGzip) {
    const Scratch scratch;
    const auto file = scratch / "a.csv.gz";
    gzFile out = gzopen(file.c_str(), "wb");
    gzputs(out, "step,source\n3,v0\n");
    gzclose(out);
    CsvReader csv(file, {"source"});
    ASSERT_TRUE(csv.next());
    EXPECT_EQ(csv.text(0), "v0");
    // Cut off, it is refused.
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 9);
    EXPECT_NE(refused(file).find("a.csv.gz: cannot be read: "), std::string::npos);
}

TEST(Csv, RefusesInOneLineThatNamesPlaceAndColumn) {
    const Scratch scratch;
    const std::string file = (scratch / "a.csv").string();
    const auto refused_text = [&](const std::string& text) { return refused(scratch.write("a.csv", text)); };
    EXPECT_EQ(refused_text(""), file + ": is empty; allowed: a CSV file with the columns step, source");
    EXPECT_EQ(refused_text("step,count\n"),
              file + ":1: no column source, found step,count; allowed: a header with step, source");
    EXPECT_EQ(refused_text("step,source\n1\n"), file + ":2: 1 values; allowed: 2, as in the header");
    EXPECT_EQ(refused_text("step,source\n1,a\n1.5,a\n"), file + ":3: step: 1.5; allowed: an integer from 0 to 99");
    EXPECT_EQ(refused_text("step,source\n100,a\n"), file + ":2: step: 100; allowed: an integer from 0 to 99");
    EXPECT_EQ(refused_text("step,source\n,a\n"), file + ":2: step: nothing; allowed: an integer from 0 to 99");
    EXPECT_EQ(refused(scratch / "absent.csv"),
              (scratch / "absent.csv").string() + ": no such file; allowed: a CSV file");
    EXPECT_EQ(refused(scratch.folder()), scratch.folder().string() + ": no such file; allowed: a CSV file");
}

TEST(Csv, RefusesNumbersThatAreNone) {
    const Scratch scratch;
    CsvReader csv(scratch.write("a.csv", "x\nnan\ninf\n1e400\n"), {"x"});
    while (csv.next()) {
        EXPECT_THROW(csv.real(0), std::invalid_argument) << csv.place();
    }
}

}  // namespace
}  // namespace syncache::test
