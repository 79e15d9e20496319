#pragma once

#include "keras/record.h"

namespace weir::keras {

/// Reads the calls of a layer from its `inbound_nodes`, in the form of Keras 3 (args and kwargs) or
/// of Keras 2 (lists of [layer, node, tensor, kwargs]), which is moved from. Node numbers are left
/// as the file has them. A mask without a name gets it, by the layer's class. An argument
/// {"tensor": i} of Keras 3 has its "dtype" beside it, where that is another than float32.
std::vector<CallRecord> parse_calls(Json&& inbound_nodes, std::string_view class_name);

/// True when a layer's `inbound_nodes` are in Keras 2's form.
bool is_keras2_form(const Json& inbound_nodes);

/// Reads `input_layers` or `output_layers`: one [layer, node, tensor], or any nest of lists and
/// dicts of them.
std::vector<NamedRef> parse_ends(const Json& structure);

/// Makes the node numbers of references to models count from 0. Both generations of Keras count
/// from 1 there, the model's own making being number 0: Keras 2 everywhere, Keras 3 only in the
/// outputs and only for Functional models.
void number_nodes_from_zero(ModelRecord& model, bool keras2_form);

/// Checks a Functional model's references and that its calls can be put in an order.
void check_graph(const ModelRecord& model);

/// How many calls a model makes with those in the models that it calls; throws kLimit above a bound
/// which no real model comes near: models that call one another twice each grow as 2^depth.
std::size_t count_calls(const ModelRecord& model);

}  // namespace weir::keras
