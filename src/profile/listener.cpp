#include "profile/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/fail.h"

namespace weir::profile {
namespace {

constexpr int kWaiting = 8;  // Connections.
// Whoever connects and then says nothing does not keep others waiting for longer.
constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};

FileDescriptor open_socket(int family) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_with_errno("cannot make a socket");
  return FileDescriptor::owned(fd);
}

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  require(name.size() < sizeof address.sun_path, ErrorCode::kInvalidArgument,
          "a socket's path has at most {} characters, '{}' has {}", sizeof address.sun_path - 1,
          name, name.size());
  std::memcpy(address.sun_path, name.data(), name.size());
  return address;
}

template <typename Address>
int connect_to(const FileDescriptor& socket, const Address& address) {
  return connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

template <typename Address>
void listen_at(const FileDescriptor& socket, const Address& address, const std::string& name) {
  const auto* place = reinterpret_cast<const sockaddr*>(&address);
  if (bind(socket.get(), place, sizeof address) != 0 || listen(socket.get(), kWaiting) != 0) {
    fail_with_errno(fmt::format("cannot listen on {}", name));
  }
}

void serve(const FileDescriptor& socket, const FileDescriptor& stop,
           const Listener::Answer& answer) {
  std::array<pollfd, 2> waiting{{{socket.get(), POLLIN, 0}, {stop.get(), POLLIN, 0}}};
  while (true) {
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[1].revents != 0) return;
    const int fd = accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const FileDescriptor connection = FileDescriptor::owned(fd);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    try {
      answer(connection);
    } catch (const std::exception&) {  // The other side has gone, say.
    }
  }
}

/// The part of a message that carries a file, and its message.
struct FileMessage {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  char byte = 'w';  // A message must have a byte of its own.
  iovec part{&byte, 1};
  msghdr message{};

  FileMessage() {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
  }
};

}  // namespace

Listener::Listener(FileDescriptor socket, Answer answer)
    : stop_(FileDescriptor::owned(eventfd(0, EFD_CLOEXEC))) {
  require(stop_.get() >= 0, ErrorCode::kIo, "cannot make an event");
  thread_ = std::thread([socket = std::move(socket), stop = FileDescriptor::borrowed(stop_.get()),
                         answer = std::move(answer)] { serve(socket, stop, answer); });
}

Listener Listener::on_socket(const std::filesystem::path& path, Answer answer) {
  const sockaddr_un address = address_of(path);
  if (std::filesystem::is_socket(path)) {
    require(connect_to(open_socket(AF_UNIX), address) != 0, ErrorCode::kIo,
            "somebody listens on '{}' already", path.string());
    unlink(path.c_str());
  }
  FileDescriptor socket = open_socket(AF_UNIX);
  listen_at(socket, address, fmt::format("'{}'", path.string()));
  Listener listener(std::move(socket), std::move(answer));
  listener.path_ = path;
  return listener;
}

Listener Listener::on_loopback(std::uint16_t port, Answer answer) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  FileDescriptor socket = open_socket(AF_INET);
  const int yes = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  listen_at(socket, address, fmt::format("port {}", port));
  socklen_t size = sizeof address;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  Listener listener(std::move(socket), std::move(answer));
  listener.port_ = ntohs(address.sin_port);
  return listener;
}

Listener::~Listener() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_.get(), &one, sizeof one);
  thread_.join();
  if (!path_.empty()) unlink(path_.c_str());
}

void send_file(const FileDescriptor& connection, const FileDescriptor& file) {
  FileMessage message;
  cmsghdr* header = CMSG_FIRSTHDR(&message.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = file.get();
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (sendmsg(connection.get(), &message.message, MSG_NOSIGNAL) < 0) {
    fail_with_errno("cannot send the record");
  }
}

FileDescriptor receive_file(const std::filesystem::path& socket) {
  const FileDescriptor connection = open_socket(AF_UNIX);
  const std::string name = socket.string();
  if (connect_to(connection, address_of(socket)) != 0) {
    fail_with_errno(fmt::format("cannot connect to '{}'", name));
  }
  FileMessage message;
  const ssize_t count = recvmsg(connection.get(), &message.message, MSG_CMSG_CLOEXEC);
  const cmsghdr* header = count > 0 ? CMSG_FIRSTHDR(&message.message) : nullptr;
  require(header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS,
          ErrorCode::kMalformed, "'{}' is no socket of a Weir process", name);
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return FileDescriptor::owned(fd);
}

void answer_http(const FileDescriptor& connection, const std::string& text) {
  std::array<char, 4096> request{};
  // The request is read, for a connection that is closed before that is reset; and then not needed.
  if (read(connection.get(), request.data(), request.size()) <= 0) return;
  const std::string answer = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
      "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
      text.size(), text);
  std::string_view rest = answer;
  while (!rest.empty()) {
    const ssize_t count = send(connection.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace weir::profile
