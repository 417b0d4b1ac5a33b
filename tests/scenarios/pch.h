// What scenarios/pch.h holds, and Catch2.
#pragma once

#include "scenarios/pch.h"
#include "tests/catch.h"
