#pragma once

#include <vector>

#include "keras/hdf5/image.h"

namespace weir::hdf5 {

/// The kinds of header messages that are read (specification, section IV.A.2).
enum class MessageType : std::uint16_t {
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kLink = 0x06,
  kLayout = 0x08,
  kFilters = 0x0b,
  kAttribute = 0x0c,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kAttributeInfo = 0x15,
};

struct Message {
  MessageType type;
  bool shared;  ///< The bytes only say where the message itself is.
  std::span<const std::byte> body;
};

using Messages = std::vector<Message>;

/// All messages of an object, continuation blocks included. Versions 1 and 2 (section IV.A.1);
/// checksums are not verified, since a ZIP's CRC covers them and a reader that trusts nothing gains
/// little. The bodies point into the image.
Messages read_object_header(Image& image, Address address);

/// The one message of a type; null when there is none. Throws kUnsupported for a shared one.
const Message* find_message(const Messages& messages, MessageType type);

}  // namespace weir::hdf5
