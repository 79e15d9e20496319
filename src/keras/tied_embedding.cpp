#include "keras/tied_embedding.h"

#include <map>
#include <string>

#include "keras/json_text.h"

namespace weir::keras {
namespace {

constexpr const char* kEmbedding = "token_embedding";

class TiedEmbeddings {
 public:
  explicit TiedEmbeddings(const ModelRecord& model) { find_tables(model); }

  void give(ModelRecord& model) const {
    for (LayerRecord& layer : model.layers) {
      if (layer.model != nullptr) give(*layer.model);
      const Json& embedding = member_of(layer.config, kEmbedding);
      if (!embedding.is_object() || layer.weights.parts.contains(kEmbedding)) continue;
      const auto table = tables_.find(text_member(member_of(embedding, "config"), "name"));
      if (table == tables_.end() || table->second == nullptr) continue;
      layer.weights.parts.emplace(kEmbedding, *table->second);
    }
  }

 private:
  void find_tables(const ModelRecord& model) {
    for (const LayerRecord& layer : model.layers) {
      if (layer.model != nullptr) find_tables(*layer.model);
      if (!layer.weights.vars.empty()) add(layer.name, layer.weights);
      const auto part = layer.weights.parts.find(kEmbedding);
      if (part != layer.weights.parts.end()) add(kEmbedding, part->second);
    }
  }

  void add(const std::string& name, const LayerWeights& table) {
    const auto [place, is_new] = tables_.emplace(name, &table);
    if (!is_new) place->second = nullptr;
  }

  /// By the names of layers, and of parts of layers in that attribute; null for several.
  std::map<std::string, const LayerWeights*> tables_;
};

}  // namespace

void give_tied_embeddings(ModelRecord& model) { TiedEmbeddings(model).give(model); }

}  // namespace weir::keras
