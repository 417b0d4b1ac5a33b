#include "scenarios/report/pictures.h"

#include <fstream>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {
namespace {

const std::string kPng = "\x89PNG\r\n\x1a\n and more";

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("a picture becomes part of the page") {
  const TemporaryFolder folder;
  write(folder.path() / "cells/abc/gallery/1-original.png", kPng);
  Pictures pictures(folder.path());
  // base64 of the bytes above, computed with Python's base64.b64encode.
  CHECK(pictures.data_uri("abc", "1-original.png") ==
        "data:image/png;base64,iVBORw0KGgogYW5kIG1vcmU=");
  CHECK(pictures.data_uri("abc", "2-original.png").empty());
}

TEST_CASE("nothing outside a gallery is read") {
  const TemporaryFolder folder;
  write(folder.path() / "secret.png", kPng);
  write(folder.path() / "cells/abc/gallery/here.png", kPng);
  write(folder.path() / "cells/abc/secret.png", kPng);
  std::filesystem::create_symlink(folder.path() / "secret.png",
                                  folder.path() / "cells/abc/gallery/link.png");
  Pictures pictures(folder.path());
  CHECK_FALSE(pictures.data_uri("abc", "here.png").empty());
  for (const std::string name : {"../secret.png", "../../../secret.png", "/etc/passwd", "link.png",
                                 "", ".", "..", "a/b.png", "a\\b.png"}) {
    CHECK(pictures.data_uri("abc", name).empty());
  }
  CHECK(pictures.data_uri("abc/../abc", "here.png").empty());
  CHECK(pictures.data_uri("..", "here.png").empty());
  CHECK(pictures.data_uri((folder.path() / "cells/abc").string(), "here.png").empty());
}

TEST_CASE("nothing but PNG is shown") {
  const TemporaryFolder folder;
  write(folder.path() / "cells/abc/gallery/1.png", "<svg onload='alert(1)'/>");
  write(folder.path() / "cells/abc/gallery/2.png", "");
  Pictures pictures(folder.path());
  CHECK(pictures.data_uri("abc", "1.png").empty());
  CHECK(pictures.data_uri("abc", "2.png").empty());
}

TEST_CASE("pictures are left out once the report holds enough of them") {
  const TemporaryFolder folder;
  const auto most = static_cast<std::size_t>(Pictures::kMostBytes);
  write(folder.path() / "cells/abc/gallery/1.png",
        kPng + std::string(most - kPng.size() - 10, 'x'));
  write(folder.path() / "cells/abc/gallery/2.png", kPng);
  Pictures pictures(folder.path());
  CHECK_FALSE(pictures.data_uri("abc", "1.png").empty());
  CHECK(pictures.data_uri("abc", "2.png").empty());
  CHECK(pictures.left_out() == 1);
}

}  // namespace
}  // namespace assay::scenarios
