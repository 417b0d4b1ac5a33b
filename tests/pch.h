// What core/pch.h holds, and Catch2: the precompiled header of the test programs.
#pragma once

#include "core/pch.h"
#include "tests/catch.h"
