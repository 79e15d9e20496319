#pragma once

/// Everything a program needs: load a model, prepare a session, predict or stream.
#include "weir/custom_layer.h"
#include "weir/device.h"
#include "weir/error.h"
#include "weir/growth.h"
#include "weir/io.h"
#include "weir/memory_size.h"
#include "weir/model.h"
#include "weir/profile.h"
#include "weir/report.h"
#include "weir/stream.h"
#include "weir/tensor.h"
#include "weir/tuning.h"
