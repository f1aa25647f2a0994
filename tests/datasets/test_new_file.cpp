#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "datasets/new_file.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

namespace syncache::test {
namespace {

namespace fs = std::filesystem;

TEST(NewFile, TakesTheNameAndWritesThroughNoLink) {
    const Scratch scratch;
    write_text(scratch.folder() / "kept", "mine");
    fs::create_symlink(scratch.folder() / "kept", scratch.folder() / "link");
    fs::create_symlink(scratch.folder() / "nowhere", scratch.folder() / "dangling");
    for (const char* name : {"link", "dangling", "kept", "new"}) {
        make_anew(scratch.folder() / name);
        EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(scratch.folder() / name))) << name;
        EXPECT_EQ(fs::file_size(scratch.folder() / name), 0u) << name;
        if (name == std::string("link")) {
            EXPECT_EQ(read_text(scratch.folder() / "kept"), "mine");
        }
    }
    EXPECT_FALSE(fs::exists(scratch.folder() / "nowhere"));
    fs::create_directory(scratch.folder() / "folder");
    EXPECT_THROW(make_anew(scratch.folder() / "folder"), std::system_error);
    EXPECT_THROW(make_anew(scratch.folder() / "absent" / "file"), std::system_error);
}

TEST(NewFile, KnowsLinksOfOthersInSharedFolders) {
    const Scratch scratch;
    const fs::path folder = scratch.folder() / "folder", link = folder / "link";
    fs::create_directory(folder);
    fs::create_symlink("elsewhere", link);
    const uid_t me = geteuid(), another = me + 1;
    // Link and folder are of the same user: whoever owns the folder could write what he likes there anyway.
    fs::permissions(folder, fs::perms::all);
    EXPECT_FALSE(is_planted_link(link, me));
    EXPECT_FALSE(is_planted_link(link, another));
    EXPECT_FALSE(is_planted_link(folder / "absent", another));
    if (me == 0) {  // only root may give a folder away
        ASSERT_EQ(chown(folder.c_str(), another, static_cast<gid_t>(-1)), 0);
        EXPECT_FALSE(is_planted_link(link, me));
        EXPECT_TRUE(is_planted_link(link, another + 1));
        write_text(folder / "file", "");
        EXPECT_FALSE(is_planted_link(folder / "file", another + 1));
        fs::permissions(folder, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
        EXPECT_FALSE(is_planted_link(link, another + 1)) << "nobody but its owner may write in this folder";
    }
}

}  // namespace
}  // namespace syncache::test
