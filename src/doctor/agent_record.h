#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace weir::doctor {

/// A line of a program.
struct Place {
  std::string file;
  std::int64_t line = 0;
  std::string function;

  bool known() const { return line > 0; }
  bool operator==(const Place&) const = default;
};

/// When something was seen: by the clock, and by every count that may be the program's steps.
struct Moment {
  double time = 0;       ///< Seconds of a clock that only runs forward.
  double calls = 0;      ///< Outermost calls of a model that have ended.
  double batches = 0;    ///< Batches inside them.
  double functions = 0;  ///< Calls of a tf.function from outside of any.
  double marks = 0;      ///< Calls of weir.step().
};

/// The program's memory after a step.
struct MemorySample {
  Moment moment;
  double resident = 0;
  double peak = 0;             ///< The most that was ever resident.
  double file = 0;             ///< Of `resident`, pages of files: the system may take them back.
  std::optional<double> live;  ///< In use by the program, by the allocator's books.
  std::optional<double> free;  ///< Freed by the program, held by the allocator.
  double blocks = 0;           ///< Small objects of Python.
  double modules = 0;          ///< Of Python, loaded.
  double traces = 0;           ///< So far; as are models and collections.
  double models = 0;
  double shapes = 0;  ///< Of rows that models were called with, different ones.
  double full_collections = 0;
  bool collects = true;  ///< Whether Python's collector is on.
};

/// A growing thing with a name, as one look at it found it.
struct Holder {
  Moment moment;
  std::string key;         ///< The same for every look at the same thing.
  std::string name;        ///< `server.history`
  std::string where;       ///< `main()`, `module __main__`, `callback`, `logger root`
  std::string kind;        ///< `container`, `queue`, `cache`, `buffer`
  std::string container;   ///< Its class.
  std::string owner;       ///< The class of the program's object that has it as an attribute.
  std::string element;     ///< The class of its entries.
  std::string native;      ///< A class of objects in them whose memory cannot be told, or empty.
  bool extension = false;  ///< The owner extends Keras.
  bool program = true;     ///< Reached from a name of the program, not of a library.
  double amount = 0;       ///< Entries; bytes of a buffer.
  double bytes_each = 0;
  std::int64_t identity = 0;  ///< Which container the name stands for.
  std::int64_t front = 0;     ///< Which entry is the first.
  double limit = 0;           ///< Most entries that a queue may have; 0: no limit.
};

/// The line that adds to a holder.
struct Adder {
  std::string key;
  Place place;
  std::string through;  ///< `callback`: Keras called the function; `library`, or nothing.
  bool seen = false;    ///< While a step was traced; otherwise read in the source.
};

/// A trace of a tf.function.
struct Trace {
  Moment moment;
  std::string function;
  Place defined;
  Place call;
  std::string reason;
  std::string detail;
};

/// A line that makes models.
struct ModelSite {
  Place place;
  std::string kind;
  double made = 0;
  double alive = 0;
  double weight_bytes = 0;
};

struct ModelCensus {
  Moment moment;
  std::vector<ModelSite> sites;
};

/// What a line of the program cost in the steps that were traced.
struct LineCost {
  Place place;
  double bytes = 0;
  double hits = 0;
};

struct TracedSteps {
  double steps = 0;
  double seconds = 0;
  std::vector<LineCost> lines;
};

/// A run of Python's collector over everything, or the one that the agent makes at the end.
struct Collection {
  double time = 0;
  double collected = 0;
  double seconds = 0;
  double live_before = 0;
  double live_after = 0;
};

/// The allocator was asked to give back what it holds.
struct Trim {
  bool at_end = false;
  double before = 0;
  double after = 0;
};

/// A pipeline of tf.data that the program made so that it runs ahead or keeps what passes.
struct Pipeline {
  std::string what;  ///< `prefetch`, `shuffle`, `cache`
  double size = 0;   ///< Elements; below 0 if there is no limit or TensorFlow chooses.
  double element_bytes = 0;
  Place place;
};

/// The call with the most rows in a batch.
struct LargestBatch {
  double time = 0;  ///< When the call began.
  double rows = 0;
  double resident_before = 0;
  Place place;
  double peak_before = 0;
};

/// The program's model, saved for a trial.
struct ExportedModel {
  std::string file;  ///< Empty where it could not be saved.
  std::string model;
  double rows = 0;            ///< Of the call at which it was saved; 0: not known.
  std::vector<double> shape;  ///< Of one of its rows, where it was an array.
  std::string trouble;
};

/// Everything that the agent inside of the program wrote.
struct AgentRecord {
  std::vector<std::string> program;  ///< Its command line.
  std::string python;
  std::vector<std::string> frameworks;
  double started = 0;
  std::vector<MemorySample> samples;
  std::vector<Holder> holders;
  std::vector<Adder> adders;
  std::vector<Trace> traces;
  std::vector<ModelCensus> models;
  std::vector<TracedSteps> traced_steps;
  std::vector<Collection> collections;
  std::vector<Trim> trims;
  std::vector<Pipeline> pipelines;
  std::optional<Collection> last_collection;  ///< The agent's own.
  std::optional<LargestBatch> largest_batch;
  std::optional<ExportedModel> exported;
  std::vector<std::string> troubles;
  std::string end;  ///< Why it ended; empty if it was killed or still runs.
};

/// Reads what an agent wrote: JSON lines, see docs/doctor-format.md. The last line may be cut
/// short. Throws kMalformed with the number of the line, kLimit where there is more than an agent
/// writes.
AgentRecord read_agent_record(std::istream& lines);

/// The same of a file; throws kNotFound if there is none.
AgentRecord read_agent_record(const std::filesystem::path& file);

}  // namespace weir::doctor
