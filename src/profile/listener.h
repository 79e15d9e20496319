#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "base/file_descriptor.h"

namespace weir::profile {

/// Answers whoever connects, one at a time, in a thread of its own, until it is destroyed. What an
/// answer throws ends that connection and nothing else.
class Listener {
 public:
  using Answer = std::function<void(const FileDescriptor& connection)>;

  /// On a local socket of this name, which replaces a socket that nobody listens on any more and
  /// goes with the listener. Throws kIo, also where somebody listens there.
  static Listener on_socket(const std::filesystem::path& path, Answer answer);
  /// On a TCP port of the loopback interface; 0 takes a free one. Throws kIo.
  static Listener on_loopback(std::uint16_t port, Answer answer);

  Listener(Listener&&) = default;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  /// The TCP port; 0 of a local socket.
  std::uint16_t port() const { return port_; }

 private:
  Listener(FileDescriptor socket, Answer answer);

  std::uint16_t port_ = 0;
  std::filesystem::path path_;  ///< Removed at the end; empty for a port.
  FileDescriptor stop_;         ///< Written to when it is time to end.
  std::thread thread_;
};

/// Sends an open file over a local socket, and receives one (unix(7), SCM_RIGHTS). Throws kIo.
void send_file(const FileDescriptor& connection, const FileDescriptor& file);
FileDescriptor receive_file(const std::filesystem::path& socket);

/// Answers one HTTP request with this text, whatever it asks for (RFC 9112, and closes).
void answer_http(const FileDescriptor& connection, const std::string& text);

}  // namespace weir::profile
