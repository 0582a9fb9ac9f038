// Where TensorFlow's server listens. It knows no better than every address of the machine, which is more than a server
// that asks nobody for a password should: while it starts, it is held to the one address that was asked for.
#pragma once
#include <netdb.h>
#include <sys/socket.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace naive_diffusion {

// The first address that `host:port` names; an IPv6 host stands in brackets. Throws where it names none.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  explicit Address(const std::string& text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error(text + " has no port");
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int fault = getaddrinfo(host.c_str(), text.c_str() + colon + 1, &hints, &found);
    if (fault != 0) throw std::runtime_error(host + " is not known here: " + gai_strerror(fault));
    std::memcpy(&storage, found->ai_addr, found->ai_addrlen);
    length = found->ai_addrlen;
    freeaddrinfo(found);
  }
};

// As long as this lives, TensorFlow's libraries bind the port of an address to that address only. One at a time.
class ListenOnlyAt {
 public:
  // Throws where the address cannot be had, or this cannot be brought about: nothing must listen there then.
  explicit ListenOnlyAt(const Address& address);
  ~ListenOnlyAt();
  ListenOnlyAt(const ListenOnlyAt&) = delete;
  ListenOnlyAt& operator=(const ListenOnlyAt&) = delete;

  // Whether the port has been bound, and nothing but the address with it.
  bool wasBound() const;
};

}  // namespace naive_diffusion
