#pragma once

/// What a traced program, or an agent inside of it, may ask of libweir_tracer.so. To be found with
/// dlsym; without the library preloaded there are none of these. All of them do nothing when the
/// process is not traced, and are safe in any thread.
extern "C" {

/// A step begins: what is allocated from now on was made in it. Steps count from 0 and go up.
void weir_tracer_step(unsigned long long step);
/// Writes a "sample" record now.
void weir_tracer_snapshot(void);
/// Writes the sites, their steps and the survival table now, and a sample.
void weir_tracer_site_dump(void);
/// malloc_trim, with a "trim" record of what it gave back. 1 if it gave back anything.
int weir_tracer_trim(void);
/// The calling thread's Python stack as the tracer reads it, "function (file:line)" a line,
/// innermost first, into `buffer`; gives its length. 0 without a Python that is known.
int weir_tracer_python_stack(char* buffer, int bytes);
}
