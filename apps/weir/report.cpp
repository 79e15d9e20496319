#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "command.h"
#include "profile/record.h"
#include "report/formats.h"
#include "report/verdict.h"
#include "stop.h"
#include "write_text.h"

namespace weir::app {
namespace {

struct Arguments {
  std::string record;
  std::string other;
  std::string output;
  std::string format;
  bool fail_on_growth = false;
};

/// The format that a file's name stands for; text for all others.
std::string format_of(const Arguments& arguments) {
  if (!arguments.format.empty()) return arguments.format;
  static const std::map<std::string, std::string, std::less<>> kFormats{{".html", "html"},
                                                                        {".json", "json"},
                                                                        {".svg", "svg"},
                                                                        {".folded", "folded"},
                                                                        {".trace", "trace"}};
  const std::string ending = std::filesystem::path(arguments.output).extension().string();
  const auto found = kFormats.find(ending);
  return found == kFormats.end() ? "text" : found->second;
}

void run(const Arguments& arguments) {
  const profile::Record record = profile::read_record_file(arguments.record);
  std::optional<profile::Record> other;
  if (!arguments.other.empty()) other = profile::read_record_file(arguments.other);
  write_text(arguments.output, report::in_format(format_of(arguments), record, other),
             &stop_requested());
  if (arguments.fail_on_growth && report::judge(record).growth.grows()) throw Verdict{kGrows};
}

}  // namespace

void add_report(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("report", "Draw a record: verdict, memory by owner, layers, arena");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("RECORD", arguments->record)
      ->description("What `weir profile` wrote, or writes still")
      ->option_text(" ")
      ->required();
  command->add_option("-o,--output", arguments->output)
      ->description("The report; standard output by default")
      ->option_text("FILE")
      ->default_val("-")
      ->default_str("");
  command->add_option("--format", arguments->format)
      ->description(
          "html (one page that needs nothing else), text, json, trace\n(Chrome, Perfetto), folded "
          "(flame graphs) or svg; by default as\nthe output's name says, else text")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"html", "text", "json", "trace", "folded", "svg"}));
  command->add_option("--compare", arguments->other)
      ->description("Another record, shown beside it (html)")
      ->option_text("RECORD");
  command
      ->add_option("--fail-on",
                   [arguments](const CLI::results_t& results) {
                     arguments->fail_on_growth = results.front() == "growth";
                     return arguments->fail_on_growth;
                   })
      ->description("growth: exit with 3 where memory grows")
      ->option_text("WHAT");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
