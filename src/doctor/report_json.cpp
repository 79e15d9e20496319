#include <nlohmann/json.hpp>

#include "doctor/reports.h"

namespace weir::doctor {
namespace {

using Json = nlohmann::ordered_json;

Json culprit(const Finding& finding) {
  if (!finding.place.known() && finding.name.empty()) return nullptr;
  const Json file = finding.place.known() ? Json(finding.place.file) : Json(nullptr);
  const Json line = finding.place.known() ? Json(finding.place.line) : Json(nullptr);
  return {{"file", file}, {"line", line}, {"name", finding.name}};
}

Json finding_json(const Finding& finding) {
  return {{"cause", to_string(finding.cause)},
          {"culprit", culprit(finding)},
          {"bytes_per_step", finding.bytes_per_step},
          {"interval", {finding.low, finding.high}},
          {"share", finding.share},
          {"sentence", finding.sentence},
          {"fix", finding.fix},
          {"native_stack", finding.native_stack}};
}

Json trial_json(const Trial& trial) {
  if (!trial.trouble.empty()) return {{"model", trial.model}, {"trouble", trial.trouble}};
  return {{"model", trial.model},
          {"rows", trial.rows},
          {"steps", trial.steps},
          {"seconds_per_step", trial.seconds_per_step},
          {"program_seconds_per_step", trial.program_seconds_per_step},
          {"planned_peak_bytes", trial.planned_peak},
          {"level", trial.level}};
}

}  // namespace

std::string to_json(const Diagnosis& diagnosis) {
  Json findings = Json::array();
  for (const Finding& finding : diagnosis.findings) findings.push_back(finding_json(finding));
  Json series = Json::array();
  for (const GrowthSample& sample : diagnosis.resident) {
    series.push_back({sample.step, sample.bytes});
  }
  const Json json = {
      {"format", "weir-doctor"},
      {"version", 1},
      {"verdict", to_string(diagnosis.verdict)},
      {"cause", to_string(diagnosis.cause)},
      {"sentence", diagnosis.sentence},
      {"culprit", diagnosis.findings.empty() ? Json(nullptr) : culprit(diagnosis.findings.front())},
      {"bytes_per_step", diagnosis.growth.bytes_per_step},
      {"interval", {diagnosis.growth.low, diagnosis.growth.high}},
      {"confidence", diagnosis.growth.confidence},
      {"unit", to_string(diagnosis.unit)},
      {"steps", diagnosis.steps},
      {"seconds", diagnosis.seconds},
      {"findings", findings},
      {"unexplained",
       {{"bytes_per_step", diagnosis.unexplained_per_step},
        {"share", diagnosis.unexplained_share}}},
      {"resident", series},
      {"weir", diagnosis.trial ? trial_json(*diagnosis.trial) : Json(nullptr)},
      {"notes", diagnosis.notes}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace weir::doctor
