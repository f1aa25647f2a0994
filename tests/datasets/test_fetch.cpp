#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/checksum.hpp"
#include "datasets/child_process.hpp"
#include "datasets/digit_files.hpp"
#include "datasets/fetch.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// Fetching from a web server on this machine that gives good, truncated, corrupted and wrong answers.
namespace syncache::test {
namespace {

namespace fs = std::filesystem;

// python3's own web server over a folder, on a port of its choice; ended with the object.
class WebServer {
  public:
    explicit WebServer(const fs::path& folder) : folder_(folder) {
        const std::string script =
            "import functools, http.server, pathlib, sys\n"
            "handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])\n"
            "server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)\n"
            "(pathlib.Path(sys.argv[1]) / 'port.new').write_text(str(server.server_port))\n"
            "(pathlib.Path(sys.argv[1]) / 'port.new').rename(pathlib.Path(sys.argv[1]) / 'port')\n"
            "server.serve_forever()\n";
        write_text(folder / "server.py", script);
        const std::string command = "timeout 100 python3 " + (folder / "server.py").string() + " " + folder.string() +
                                    " > /dev/null 2>&1 & echo $! > " + (folder / "pid").string();
        EXPECT_EQ(std::system(command.c_str()), 0);
        for (int i = 0; i < 500 && !fs::exists(folder / "port"); ++i) {
            EXPECT_EQ(std::system("sleep 0.02"), 0);
        }
    }
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;
    ~WebServer() {
        [[maybe_unused]] const int code = std::system(("kill $(cat " + (folder_ / "pid").string() + ")").c_str());
    }
    bool running() const { return fs::exists(folder_ / "port"); }
    std::string url(const std::string& folder) const {
        return "http://127.0.0.1:" + read_text(folder_ / "port") + "/" + folder;
    }

  private:
    fs::path folder_;
};

class Fetch : public ::testing::Test {
  protected:
    void SetUp() override {
        if (std::system("command -v python3 curl > /dev/null") != 0) {
            GTEST_SKIP() << "no python3 or no curl";
        }
        for (const char* mirror : {"good", "truncated", "corrupted", "html", "long", "partly"}) {
            fs::create_directories(web / mirror);
            for (std::size_t i = 0; i < contents.size(); ++i) {
                write_text(web.folder() / mirror / names[i], contents[i]);
            }
        }
        write_text(web / "truncated/a", contents[0].substr(0, 10));
        write_text(web / "corrupted/a", "X" + contents[0].substr(1));
        write_text(web / "html/a", "<!DOCTYPE html><html>" + std::string(contents[0].size(), '-'));
        write_text(web / "long/a", contents[0] + contents[0]);
        fs::remove(web / "partly/c");
        for (std::size_t i = 0; i < contents.size(); ++i) {
            sums[i] = file_sha256(web / ("good/" + std::string(names[i])));
            collection.files.push_back({names[i], static_cast<std::int64_t>(contents[i].size()), sums[i]});
        }
        server.emplace(web.folder());
        ASSERT_TRUE(server->running());
    }

    void get(const std::vector<std::string>& mirrors) {
        std::vector<std::string> urls;
        for (const std::string& mirror : mirrors) {
            urls.push_back(server->url(mirror));
        }
        said.clear();
        fetch(collection, data.folder(), urls, [&](const std::string& line) { said += line + "\n"; });
    }

    void expect_intact() const {
        EXPECT_TRUE(faults_of(collection, data / "tiny").empty());
        EXPECT_EQ(std::distance(fs::directory_iterator(data / "tiny"), fs::directory_iterator()), 4)
            << "and nothing else";
    }

    // No mirror gives file `a`: said why, in a line of its own; nothing is left behind.
    void expect_refused(const std::string& mirror, const std::string& why) {
        const std::string message = message_of<std::runtime_error>([&] { get({mirror}); });
        EXPECT_NE(message.find("a: could be had from none of 1 mirrors"), std::string::npos) << message;
        EXPECT_NE(said.find(mirror + "/a: "), std::string::npos) << said;
        EXPECT_NE(said.find(why), std::string::npos) << said;
        EXPECT_FALSE(fs::exists(data / "tiny/a"));
        EXPECT_FALSE(fs::exists(data / "tiny/a.part"));
    }

    const std::array<std::string, 4> contents{std::string(5000, 'a'), "bb", std::string(100000, 'c'), "d"};
    static constexpr std::array<std::string_view, 4> names{"a", "b", "c", "d"};
    std::array<std::string, 4> sums;
    DataCollection collection{"tiny", names, {}, {}};
    Scratch web, data;
    std::optional<WebServer> server;
    std::string said;
};

TEST_F(Fetch, GetsWhatIsMissingOnceAndThenNothing) {
    get({"good"});
    expect_intact();
    server.reset();  // offline
    said.clear();
    fetch(collection, data.folder(), {"http://127.0.0.1:9/none"}, [&](const std::string& line) { said += line; });
    EXPECT_NE(said.find("all files are in"), std::string::npos) << said;
}

TEST_F(Fetch, RefusesWhatIsNotTheFile) {
    expect_refused("truncated", "10 bytes; expected 5000");
    expect_refused("corrupted", "SHA-256");
    expect_refused("html", "an HTML page");
    expect_refused("long", "more than the expected 5000 bytes");
    expect_refused("absent", "404");
}

TEST_F(Fetch, TriesTheNextMirror) {
    get({"absent", "corrupted", "html", "good"});
    expect_intact();
    EXPECT_NE(said.find("a: fetched from " + server->url("good")), std::string::npos) << said;
}

TEST_F(Fetch, KeepsWholeFilesWhenOneCannotBeHad) {
    EXPECT_THROW(get({"partly"}), std::runtime_error);
    EXPECT_EQ(faults_of(collection, data / "tiny").size(), 2u) << "c, and d after it";
    get({"good"});
    expect_intact();
    EXPECT_NE(said.find("a: is there and good"), std::string::npos) << said;
}

TEST_F(Fetch, ReplacesACorruptedFileByAGoodOneOnly) {
    get({"good"});
    write_text(data / "tiny/a", "spoiled");
    EXPECT_THROW(get({"corrupted"}), std::runtime_error);
    EXPECT_EQ(read_text(data / "tiny/a"), "spoiled");
    get({"good"});
    expect_intact();
}

TEST_F(Fetch, UnpacksAnArchive) {
    if (std::system("command -v unzip zip > /dev/null") != 0) {
        GTEST_SKIP() << "no zip and unzip";
    }
    const std::string folder = (web / "good").string();
    ASSERT_EQ(std::system(("cd " + folder + " && mkdir gzip && cp a b c d gzip && zip -q all.zip -r gzip").c_str()), 0);
    const std::string sum = file_sha256(web / "good/all.zip");
    collection.files = {{"all.zip", static_cast<std::int64_t>(fs::file_size(web / "good/all.zip")), sum}};
    get({"good"});
    EXPECT_TRUE(faults_of(collection, data / "tiny").empty());
    EXPECT_EQ(read_text(data / "tiny/c"), contents[2]);
    EXPECT_FALSE(fs::exists(data / "tiny/all.zip"));
    write_text(data / "tiny/b", "xx");
    EXPECT_EQ(faults_of(collection, data / "tiny").size(), 1u);
}

TEST(ChildProcess, TellsHowItEnded) {
    std::string out;
    const auto keep = [&](std::span<const std::byte> piece) {
        out.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        return true;
    };
    const ChildResult good = run_child({"printf", "%s", "a b"}, keep);
    EXPECT_EQ(good.exit_code, 0);
    EXPECT_EQ(out, "a b");
    const ChildResult bad = run_child({"sh", "-c", "echo one >&2; echo 'sh: two' >&2; exit 3"}, keep);
    EXPECT_EQ(bad.exit_code, 3);
    EXPECT_EQ(bad.error, "two");
    const ChildResult endless = run_child({"yes"}, [](auto) { return false; });
    EXPECT_TRUE(endless.enough);
    EXPECT_THROW(run_child({"no-such-program-anywhere"}, keep), std::runtime_error);
    EXPECT_THROW(run_child({"yes"}, [](auto) -> bool { throw std::runtime_error("full"); }), std::runtime_error);
}

// Through the command line: the standard collections' names, and a folder whose files are not MNIST's.
TEST(DataCommand, ListsVerifiesAndRefuses) {
    const Scratch scratch;
    const std::map<std::string, std::string> here{{"SYNCACHE_DATA", scratch.folder().string()}};
    EXPECT_NE(run_program({"data"}, scratch.folder(), here).out.find("synthetic"), std::string::npos);
    EXPECT_EQ(run_program({"data", "fetch", "mnits"}, scratch.folder(), here).exit_code, 2);
    const ProgramRun offline =
        run_program({"data", "fetch", "mnist", "--mirror", "http://127.0.0.1:9"}, scratch.folder(), here);
    EXPECT_EQ(offline.exit_code, 1);
    EXPECT_NE(offline.err.find("could be had from none of 1 mirrors"), std::string::npos) << offline.err;
    EXPECT_FALSE(fs::exists(scratch / "mnist"));
    fs::create_directory(scratch / "mnist");
    for (const std::string_view name : find_collection("mnist").images) {
        write_text(scratch.folder() / "mnist" / name, "not it");
    }
    const ProgramRun verified = run_program({"data", "verify", "mnist"}, scratch.folder(), here);
    EXPECT_EQ(verified.exit_code, 1);
    EXPECT_NE(verified.out.find("train-images-idx3-ubyte.gz: 6 bytes; expected 9912422"), std::string::npos)
        << verified.out;
    write_text(scratch / "e.toml", "name = \"e\"\nmodel = \"mlp\"\n[fixed]\ndata = \"mnist\"\n");
    const ProgramRun run = run_program({"run", "e.toml", "--backend", "cpu"}, scratch.folder(), here);
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.err.find("expected 9912422"), std::string::npos) << run.err;
    EXPECT_FALSE(fs::exists(scratch / "e.sqlite"));
}

// All files are there already: nothing is fetched, and scripts go on.
TEST(DataCommand, FetchesNoMnistThatIsThere) {
    const auto found = locate(find_collection("mnist"));
    if (!found) {
        GTEST_SKIP() << "no MNIST files";
    }
    const fs::path folder = fs::weakly_canonical(*found);
    if (folder.filename() != "mnist") {
        GTEST_SKIP() << "MNIST is not in a folder of its name";
    }
    const Scratch scratch;
    const ProgramRun run = run_program({"data", "fetch", "mnist", "--mirror", "http://127.0.0.1:9"}, scratch.folder(),
                                       {{"SYNCACHE_DATA", folder.parent_path().string()}});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_NE(run.out.find(folder.string()), std::string::npos) << run.out;
}

}  // namespace
}  // namespace syncache::test
