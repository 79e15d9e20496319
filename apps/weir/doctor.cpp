#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "base/fail.h"
#include "command.h"
#include "doctor/diagnose.h"
#include "doctor/native_names.h"
#include "doctor/reports.h"
#include "doctor_records.h"
#include "process_samples.h"
#include "stop.h"
#include "watched_program.h"
#include "weir_trial.h"
#include "write_text.h"

namespace weir::app {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kBetweenSamples{250};

struct Arguments {
  std::uint64_t steps = 0;
  std::string fail_on;
  std::string html;
  std::string json;
  std::optional<std::string> records;
  bool exact = false;
  bool without_trace = false;
  bool follow_children = false;
  bool try_weir = false;
  pid_t pid = 0;
  double seconds = 60;
  std::vector<std::string> command;
};

/// The folder of the agent: as installed beside the program, in the wheel, or as told.
fs::path agent_folder() {
  if (const char* told = std::getenv("WEIR_DOCTOR_AGENT")) return told;
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& folder : {here / "../share/weir/doctor_agent", here / "doctor_agent"}) {
    if (fs::exists(folder / "__init__.py")) return fs::canonical(folder);
  }
  fail(ErrorCode::kNotFound,
       "the doctor's agent is not installed beside {}; WEIR_DOCTOR_AGENT can name its folder",
       here.string());
}

/// The library that traces allocations: in the build's tree, as installed, or in the wheel. Empty
/// where there is none: on other processors, and under sanitizers, which replace the allocator
/// themselves; and where LD_PRELOAD could not name it.
fs::path tracer_library() {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const char* place : {"../lib/libweir_tracer.so", "../" WEIR_LIBDIR "/weir/libweir_tracer.so",
                            "libweir_tracer.so"}) {
    if (!fs::exists(here / place)) continue;
    const fs::path library = fs::canonical(here / place);
    return library.string().find_first_of(" :") == std::string::npos ? library : fs::path();
  }
  return {};
}

/// The variable with an entry in front of those that it has.
Variable prepended(const std::string& name, const std::string& entry) {
  const char* rest = std::getenv(name.c_str());
  return {name, rest != nullptr && *rest != 0 ? entry + ":" + rest : entry};
}

void add_tracer(std::vector<Variable>& variables, const Arguments& arguments,
                const DoctorRecords& records) {
  const std::string library = arguments.without_trace ? "" : tracer_library().string();
  require(!arguments.exact || !library.empty(), ErrorCode::kNotFound,
          "--exact needs libweir_tracer.so, which is not installed beside weir");
  if (library.empty()) return;
  variables.push_back(prepended("LD_PRELOAD", library));
  variables.emplace_back("WEIR_DOCTOR_TRACER", library);
  variables.emplace_back("WEIR_TRACE_OUT", records.trace_pattern());
  if (arguments.exact) variables.emplace_back("WEIR_TRACE", "exact");
}

std::vector<Variable> environment(const Arguments& arguments, const DoctorRecords& records) {
  std::vector<Variable> variables = {{"WEIR_DOCTOR_OUT", records.agent_pattern()},
                                     prepended("PYTHONPATH", (agent_folder() / "inject").string())};
  if (arguments.steps > 0) {
    variables.emplace_back("WEIR_DOCTOR_STEPS", std::to_string(arguments.steps));
  }
  if (arguments.try_weir) variables.emplace_back("WEIR_DOCTOR_EXPORT", records.model_file());
  if (arguments.follow_children) variables.emplace_back("WEIR_DOCTOR_FOLLOW", "1");
  add_tracer(variables, arguments, records);
  return variables;
}

/// The program owns standard output; what the doctor says goes to the other stream.
void report(const doctor::Diagnosis& diagnosis, const Arguments& arguments) {
  fmt::print(stderr, "\n{}", doctor::to_text(diagnosis));
  if (!arguments.json.empty()) write_text(arguments.json, doctor::to_json(diagnosis));
  if (!arguments.html.empty()) write_text(arguments.html, doctor::to_html(diagnosis));
}

bool fails(const doctor::Diagnosis& diagnosis, const Arguments& arguments) {
  return arguments.fail_on == "growth" && diagnosis.grows();
}

doctor::Diagnosis diagnosis_of(const ProcessRecords& records) {
  doctor::Diagnosis diagnosis =
      doctor::diagnose(records.agent, records.trace ? &*records.trace : nullptr);
  doctor::name_native_frames(diagnosis);
  if (!records.trouble.empty()) diagnosis.notes.push_back(records.trouble);
  return diagnosis;
}

/// What the program's loop would cost in Weir.
doctor::Trial trial_of(const doctor::Diagnosis& diagnosis,
                       const std::optional<ProcessRecords>& records) {
  if (!records || !records->agent.exported) {
    doctor::Trial none;
    none.trouble = "the program called no Keras model three times";
    return none;
  }
  doctor::Trial trial = try_weir(*records->agent.exported);
  if (diagnosis.unit == doctor::Unit::kCall && diagnosis.steps > 0) {
    trial.program_seconds_per_step = diagnosis.seconds / diagnosis.steps;
  }
  return trial;
}

void run_program(const Arguments& arguments) {
  const DoctorRecords records(arguments.records);
  WatchedProgram program(arguments.command, environment(arguments, records));
  ProcessSamples samples(program.process());
  const auto read = [&] { return records.read(program.process()); };
  const auto diagnosis = [&](const std::optional<ProcessRecords>& written) {
    return written ? diagnosis_of(*written) : doctor::diagnose(samples.record());
  };
  const int code =
      program.wait([&] { samples.take(); }, [&] { report(diagnosis(read()), arguments); });
  const std::optional<ProcessRecords> written = read();
  doctor::Diagnosis last = diagnosis(written);
  if (arguments.try_weir) last.trial = trial_of(last, written);
  report(last, arguments);
  for (const auto& [name, of_child] : records.read_others(program.process())) {
    fmt::print(stderr, "\nprocess {}\n{}", name, to_text(diagnosis_of(of_child)));
  }
  throw Verdict{fails(last, arguments) ? static_cast<int>(kGrows) : code};
}

void attach(const Arguments& arguments) {
  require(arguments.steps == 0, ErrorCode::kUnsupported,
          "--steps: a process that already runs has no agent that could count its steps; start it "
          "under weir doctor, or give --seconds");
  ProcessSamples samples(arguments.pid);
  require(samples.take(), ErrorCode::kNotFound, "there is no process {}, or it may not be read",
          arguments.pid);
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(arguments.seconds);
  while (std::chrono::steady_clock::now() < end && !stop_requested().load()) {
    std::this_thread::sleep_for(kBetweenSamples);
    if (!samples.take()) break;
  }
  const doctor::Diagnosis diagnosis = doctor::diagnose(samples.record());
  report(diagnosis, arguments);
  if (fails(diagnosis, arguments)) throw Verdict{kGrows};
}

}  // namespace

void add_doctor(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "doctor", "Watch a Python program and say why its memory grows, and on which line");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("PROGRAM", arguments->command)
      ->description("The program and its arguments, after --: -- python serve.py --port 80")
      ->option_text(" ");
  command->add_option("--steps", arguments->steps)
      ->description("End the program after so many steps (SystemExit in its main thread)")
      ->option_text("N");
  command->add_option("--fail-on", arguments->fail_on)
      ->description("Exit with 3 if memory grows; otherwise with the program's own code")
      ->option_text("growth")
      ->check(CLI::IsMember({"growth"}));
  command->add_option("-o", arguments->html)
      ->description("Write the report as a page")
      ->option_text("FILE.html");
  command->add_option("--json", arguments->json)
      ->description("Write the diagnosis for programs; - for standard output")
      ->option_text("FILE");
  command->add_option("--records", arguments->records)
      ->description("Keep what the agent and the tracer wrote in this folder")
      ->option_text("FOLDER");
  CLI::Option* exact = command->add_flag("--exact", arguments->exact,
                                         "Trace every allocation, instead of a sample: slower");
  command->add_flag("--no-trace", arguments->without_trace, "Do not trace allocations")
      ->excludes(exact);
  command->add_flag("--follow-children", arguments->follow_children,
                    "Watch the Python programs that it starts as well");
  command->add_flag("--try-weir", arguments->try_weir,
                    "Save the program's model, and measure what its loop would cost\nin Weir");
  command->add_option("--pid", arguments->pid)
      ->description("Watch a process that already runs, from outside: whether it grows")
      ->option_text("PID");
  command->add_option("--seconds", arguments->seconds)
      ->description("With --pid: for how long; 60 by default, or until Ctrl-C")
      ->option_text("S")
      ->check(CLI::PositiveNumber);
  command->callback([arguments] {
    if ((arguments->pid != 0) == !arguments->command.empty()) {
      throw CLI::ValidationError("doctor", "give a program after --, or --pid");
    }
    arguments->pid != 0 ? attach(*arguments) : run_program(*arguments);
  });
}

}  // namespace weir::app
