#include "plan/make_plan.h"
#include <gtest/gtest.h>
TEST(Planner, X) { weir::plan::make_plan({}); }
