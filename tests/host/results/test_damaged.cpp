// Results files that somebody has changed, or whose bytes have: each is read or refused, and the refusal names it.

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "host/results/results.hpp"
#include "host/results/weights.hpp"
#include "host/store/sql.hpp"
#include "host/store/store.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;

// Results with a recorded table and an array, after `damage` has been done to them.
class Damaged : public testing::Test {
  protected:
    Damaged() {
        Store store(file_, Store::Access::write);
        Store::Result result = toy_result(1);
        result.outcome.tables = {{"epochs", {"epoch", "updates"}, {1, 10, 2, 20}}};
        result.outcome.weights = {{"hidden", {2, 2}, {1, 2, 3, 4}}};
        store.put(store.begin_run(toy_experiment(), toy_run(), 1), std::vector{result});
    }

    void damage(const std::string& statement) const {
        sql::execute(sql::open(file_, SQLITE_OPEN_READWRITE).get(), statement);
    }

    std::string table(const std::string& name, ExportFormat format = ExportFormat::csv) const {
        Store store(file_, Store::Access::read);
        std::ostringstream out;
        export_table(store, {.table = name, .format = format}, out);
        return out.str();
    }

    void write_weights() const {
        Store store(file_, Store::Access::read);
        export_weights(store, folder_ / "weights");
    }

    void read_first_weights() const {
        Store store(file_, Store::Access::read);
        read_weights(store, 1);
    }

    // One line that names the file and holds `what`.
    void expect_refusal(const std::function<void()>& read, const std::string& what) const {
        const std::string message = message_of(read);
        EXPECT_TRUE(message.find(file_.string()) != std::string::npos &&
                    message.find("is damaged") != std::string::npos && message.find(what) != std::string::npos &&
                    message.find('\n') == std::string::npos)
            << message;
    }

    const ScratchFolder folder_;
    const std::filesystem::path file_ = folder_ / "r.sqlite";
};

TEST_F(Damaged, ShapesThatTheirBytesDoNotHold) {
    for (const char* shape : {"[4611686018427387904, 4]", "[9223372036854775807, 2]", "[-1, 2]", "[2]", "[2, 2, 1]",
                              "[1e300, 2]", "[2, 3]", "[\"2\", 2]", "[1000000000, 2]", "{}", "[", "7", "[[2, 2]]"}) {
        damage(std::string("UPDATE recorded SET shape = '") + shape + "'");
        expect_refusal([&] { table("epochs"); }, "");
    }
    for (const char* shape : {"[4611686018427387904, 4]", "[9223372036854775807, 2]", "[-1, -4]", "[1e300]",
                              "[1000000000000]", "[2", "null"}) {
        damage(std::string("UPDATE recorded SET shape = '") + shape + "'");
        expect_refusal([&] { write_weights(); }, "");
        expect_refusal([&] { read_first_weights(); }, "");
    }
    damage("UPDATE recorded SET shape = '[2, 2]', data = x'00'");
    expect_refusal([&] { table("epochs"); }, "data");
}

TEST_F(Damaged, ColumnsThatAreNoNames) {
    for (const char* columns : {"[1, 2]", "[\"a\", \"a\"]", "{\"a\": 1}", "[\"a\"", "", "[\"a\"]"}) {
        damage(std::string("UPDATE recorded SET columns = '") + columns + "' WHERE kind = 'table'");
        expect_refusal([&] { table("epochs"); }, "");
    }
}

TEST_F(Damaged, ColumnsOfAnyNameAreOneFieldEach) {
    damage("UPDATE recorded SET columns = '[\"a,b\", \"c\\\"d\"]' WHERE kind = 'table'");
    const std::string csv = table("epochs");
    EXPECT_NE(csv.find(",\"a,b\",\"c\"\"d\"\n"), std::string::npos) << csv;
}

TEST_F(Damaged, ArraysLeadToNoOtherFolder) {
    std::filesystem::create_directories(folder_ / "weights" / "1-x");
    for (const char* name : {"x/../../planted", "a b", "a,b", "a\nb", "a\"b"}) {
        damage(std::string("UPDATE recorded SET name = '") + name + "' WHERE kind = 'array'");
        expect_refusal([&] { write_weights(); }, "the name of an array");
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "planted.npy"));
}

TEST_F(Damaged, ParametersThatAreNone) {
    for (const char* parameters :
         {"{", "7", "[]", "", R"({"seed": "x"})", R"({"tau": []})", R"({"precision": 3})", R"({"learns": "no"})"}) {
        damage(std::string("UPDATE trials SET parameters = '") + parameters + "'");
        expect_refusal([&] { table("outcomes"); }, "the parameters of a trial");
    }
}

// They might have rows without end.
TEST_F(Damaged, ViewsInPlaceOfTables) {
    damage(
        "DROP TABLE accounting; CREATE VIEW Accounting AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
        "n) "
        "SELECT 1 AS experiment, i AS position, 0 AS maintenance_cost, 0 AS transient_change_cost, 0 AS "
        "persistent_cost, "
        "1 AS exponent, 0 AS potentiation_only FROM n");
    for (const auto access : {Store::Access::read, Store::Access::write}) {
        EXPECT_NE(message_of([&] { const Store store(file_, access); }).find("Accounting is no table of ours"),
                  std::string::npos);
    }
}

TEST_F(Damaged, ExtraNumbersThatAreNone) {
    damage("UPDATE trials SET extras = x'010203'");
    expect_refusal([&] { table("outcomes"); }, "extras");
}

TEST_F(Damaged, BytesAreWrittenAsTexts) {
    damage("UPDATE trials SET epochs = x'222c0aff'");  // a quote, a comma, the end of a line, no UTF-8
    EXPECT_NE(table("outcomes").find(",\"\"\",\n\xff\","), std::string::npos);
    EXPECT_NE(table("outcomes", ExportFormat::json).find(R"("epochs": "\",\n�")"), std::string::npos);
}

}  // namespace
}  // namespace syncache
