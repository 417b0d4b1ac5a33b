// The precompiled header of scenarios/, whose files read and write JSON and rarely compute: core/pch.h
// without ATen's operations, and with nlohmann/json.hpp, which takes 1.9 s to parse.
#pragma once

#include <ATen/core/Tensor.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
