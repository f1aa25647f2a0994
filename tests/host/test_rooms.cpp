// The folders of the project and which may include which. host/README.md draws them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/source_folder.hpp"

namespace syncache {
namespace {

using Sources = std::map<std::string, std::string>;  // a file's path from the repository's folder, and its text
using Arrows = std::map<std::string, std::set<std::string>>;

// What a room may use besides itself. A model's folder stands for every models/<name>.
const Arrows& allowed() {
    static const Arrows rooms{
        {"kernels", {}},
        {"datasets", {"kernels"}},
        {"host/settings", {}},
        {"host/theory", {}},
        {"host/models", {"host/settings", "host/theory", "kernels", "datasets"}},
        {"host/models/<name>", {"host/models", "host/settings", "host/theory", "kernels", "datasets"}},
        {"host/experiment", {"host/models", "host/settings", "datasets"}},
        {"host/store", {"host/experiment", "host/models", "host/settings", "datasets"}},
        {"host/results", {"host/store", "host/experiment", "host/models", "host/settings", "host/theory", "datasets"}},
        {"host/run",
         {"host/results", "host/store", "host/experiment", "host/models", "host/settings", "host/theory", "kernels",
          "datasets"}},
        {"host/command_line",
         {"host/run", "host/results", "host/store", "host/experiment", "host/models", "host/settings", "host/theory",
          "kernels", "datasets"}},
        {"tools/syncache",
         {"host/run", "host/results", "host/store", "host/experiment", "host/models", "host/settings", "host/theory",
          "kernels", "datasets"}},
    };
    return rooms;
}

// The only file of host/models that names the models' folders: their registry.
constexpr const char* registry = "host/models/model.cpp";

// The folder of a file, and of what it includes.
std::string folder_of(const std::string& path) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    return folder.begin() != folder.end() && (*folder.begin() == "kernels" || *folder.begin() == "datasets")
               ? folder.begin()->string()
               : folder.string();
}

// The folder as `allowed` names it.
std::string room_of(const std::string& folder) {
    return folder.starts_with("host/models/") ? "host/models/<name>" : folder;
}

std::vector<std::string> includes_of(const std::string& text) {
    static const std::regex include(R"(^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">])", std::regex::multiline);
    std::vector<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), include); match != std::sregex_iterator(); ++match) {
        found.push_back((*match)[1]);
    }
    return found;
}

bool is_cuda_header(const std::string& include) {
    return include.ends_with(".cuh") || include.starts_with("cuda") || include.starts_with("cublas") ||
           include.starts_with("cub/") || include.starts_with("thrust/") || include == "mma.h";
}

// What is wrong with one include, or "".
std::string refusal(const std::string& file, const std::string& include) {
    const std::string from = folder_of(file), to = folder_of(include);
    if (from.starts_with("host") && is_cuda_header(include)) {
        return file + " includes the CUDA header " + include;
    }
    if (from == to || !(include.starts_with("host/") || include.starts_with("kernels/") ||
                        include.starts_with("datasets/") || include.starts_with("tools/"))) {
        return "";
    }
    if (include.ends_with("_impl.hpp")) {
        return file + " includes " + include + ", which is for its own folder";
    }
    if (file == registry && room_of(to) == "host/models/<name>") {
        return "";
    }
    const auto room = allowed().find(room_of(from));
    if (room == allowed().end()) {
        return file + " lies in " + from + ", a folder that is not among the rooms";
    }
    return room->second.contains(to) ? "" : file + " includes " + include + "; " + from + " may not use " + to;
}

// A circle of folders that include each other, or "". The registry, which knows all models, counts for none.
std::string circle(const Sources& sources) {
    Arrows arrows;
    for (const auto& [file, text] : sources) {
        for (const std::string& include : includes_of(text)) {
            const bool is_ours = include.starts_with("host/");
            if (is_ours && file != registry && folder_of(include) != folder_of(file)) {
                arrows[folder_of(file)].insert(folder_of(include));
            }
        }
    }
    std::string found;
    std::vector<std::string> way;
    const std::function<void(const std::string&)> go = [&](const std::string& folder) {
        const auto seen = std::ranges::find(way, folder);
        if (seen != way.end()) {
            for (auto step = seen; step != way.end(); ++step) {
                found += *step + " -> ";
            }
            found += folder;
            return;
        }
        way.push_back(folder);
        for (const std::string& next : arrows[folder]) {
            if (found.empty()) {
                go(next);
            }
        }
        way.pop_back();
    };
    for (const auto& start : Arrows(arrows)) {
        if (found.empty()) {
            go(start.first);
        }
    }
    return found;
}

// Everything that is wrong, a line each.
std::string refusals(const Sources& sources) {
    std::string lines;
    for (const auto& [file, text] : sources) {
        for (const std::string& include : includes_of(text)) {
            const std::string line = refusal(file, include);
            lines += line.empty() ? "" : line + "\n";
        }
    }
    return lines;
}

Sources project() {
    Sources sources;
    const std::filesystem::path top = test::source_folder();
    for (const char* part : {"host", "kernels", "datasets", "tools/syncache"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(top / part)) {
            const std::string type = entry.path().extension().string();
            if (type == ".cpp" || type == ".hpp" || type == ".cu" || type == ".cuh") {
                std::ostringstream text;
                text << std::ifstream(entry.path()).rdbuf();
                sources[entry.path().lexically_relative(top).generic_string()] = text.str();
            }
        }
    }
    return sources;
}

TEST(Rooms, UseOnlyWhatTheyMay) {
    const Sources sources = project();
    EXPECT_GT(sources.size(), 100U);
    EXPECT_EQ(refusals(sources), "");
}

TEST(Rooms, FormNoCircle) { EXPECT_EQ(circle(project()), ""); }

// Each wrong include, put into the project as it is, is found, and nothing else is.
TEST(Rooms, FindsAWrongInclude) {
    const auto with = [](const std::string& file, const std::string& line) {
        Sources sources = project();
        sources[file] += line;
        return refusals(sources);
    };
    EXPECT_EQ(with("host/settings/value.cpp", "#include \"host/models/model.hpp\"\n"),
              "host/settings/value.cpp includes host/models/model.hpp; host/settings may not use host/models\n");
    EXPECT_EQ(with("host/store/new.cpp", "\n  #  include \"host/results/results.hpp\"\n"),
              "host/store/new.cpp includes host/results/results.hpp; host/store may not use host/results\n");
    EXPECT_EQ(with("host/models/mlp/new.cpp", "#include \"host/models/perceptron/trainer.hpp\"\n"),
              "host/models/mlp/new.cpp includes host/models/perceptron/trainer.hpp; host/models/mlp may not use "
              "host/models/perceptron\n");
    EXPECT_EQ(with("host/models/outcome.hpp", "#include \"host/models/mlp/model.hpp\"\n"),
              "host/models/outcome.hpp includes host/models/mlp/model.hpp; host/models may not use host/models/mlp\n");
    EXPECT_EQ(with("kernels/common/team.hpp", "#include \"datasets/idx.hpp\"\n"),
              "kernels/common/team.hpp includes datasets/idx.hpp; kernels may not use datasets\n");
    EXPECT_EQ(with("host/run/plan.cpp", "#include \"host/store/store_impl.hpp\"\n"),
              "host/run/plan.cpp includes host/store/store_impl.hpp, which is for its own folder\n");
    EXPECT_EQ(with("host/run/plan.cpp", "#include <cuda_runtime.h>\n"),
              "host/run/plan.cpp includes the CUDA header cuda_runtime.h\n");
    EXPECT_EQ(with("host/extra/new.cpp", "#include \"host/run/run.hpp\"\n"),
              "host/extra/new.cpp lies in host/extra, a folder that is not among the rooms\n");
}

TEST(Rooms, FindsACircle) {
    Sources sources = project();
    sources["host/store/new.cpp"] = "#include \"host/results/results.hpp\"\n";
    EXPECT_EQ(circle(sources), "host/results -> host/store -> host/results");
}

}  // namespace
}  // namespace syncache
