#pragma once

// NumPy's C API, as every file of the binding that needs it must include it. One table of its
// functions, loaded by `load_numpy`, serves all of them.
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL weir_numpy_api
#ifndef WEIR_DEFINES_NUMPY_API
#define NO_IMPORT_ARRAY
#endif

#include <Python.h>
#include <numpy/arrayobject.h>
