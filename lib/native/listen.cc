#include "listen.h"

#include <atomic>
#include <cerrno>

#ifdef __linux__
#include <arpa/inet.h>
#include <link.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

namespace naive_diffusion {
namespace {

using Bind = int (*)(int, const sockaddr*, socklen_t);

Address const* wanted = nullptr;
std::atomic<bool> bound{false};

// The places in TensorFlow's libraries where the address of `bind` is kept, and what was there.
struct Place {
  void** slot;
  void* before;
};
std::vector<Place> places;

uint16_t portOf(const sockaddr* address) {
  // Both families keep it in the same place.
  return reinterpret_cast<const sockaddr_in*>(address)->sin_port;
}

// An IPv4 address as sockets of IPv6 know it: ::ffff:127.0.0.1.
sockaddr_in6 mapped(const sockaddr_in& address) {
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  result.sin6_port = address.sin_port;
  result.sin6_addr.s6_addr[10] = result.sin6_addr.s6_addr[11] = 0xff;
  std::memcpy(&result.sin6_addr.s6_addr[12], &address.sin_addr, 4);
  return result;
}

// Stands in for bind(): the port that is asked for is bound to its own address, whatever address was meant.
int bindThere(int socket, const sockaddr* address, socklen_t length) {
  if (!wanted) return ::bind(socket, address, length);
  const auto* own = reinterpret_cast<const sockaddr*>(&wanted->storage);
  const bool isInternet = address->sa_family == AF_INET || address->sa_family == AF_INET6;
  if (!isInternet || portOf(address) != portOf(own)) return ::bind(socket, address, length);
  int result = -1;
  if (address->sa_family == own->sa_family) {
    result = ::bind(socket, own, wanted->length);
  } else if (address->sa_family == AF_INET6) {
    const sockaddr_in6 there = mapped(*reinterpret_cast<const sockaddr_in*>(own));
    result = ::bind(socket, reinterpret_cast<const sockaddr*>(&there), sizeof there);
  } else {
    errno = EADDRNOTAVAIL; // a socket of IPv4 has no address of IPv6
  }
  if (result == 0) bound = true;
  return result;
}

void write(void** slot, void* value) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto* start = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(slot) / page * page);
  // The loader has made these pages read-only, and so they become again.
  if (mprotect(start, page, PROT_READ | PROT_WRITE) != 0) throw std::runtime_error("memory cannot be made writable");
  *slot = value;
  mprotect(start, page, PROT_READ);
}

// Notes where one library keeps the address of `bind` (System V ABI, chapter 5, Dynamic Linking).
int collect(dl_phdr_info* library, size_t, void*) {
  if (!std::strstr(library->dlpi_name, "libtensorflow")) return 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    if (library->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const ElfW(Sym)* symbols = nullptr;
    const char* names = nullptr;
    const ElfW(Rela)* relocations = nullptr;
    size_t bytes = 0;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(library->dlpi_addr + library->dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_SYMTAB) symbols = reinterpret_cast<const ElfW(Sym)*>(entry->d_un.d_ptr);
      if (entry->d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(entry->d_un.d_ptr);
      if (entry->d_tag == DT_JMPREL) relocations = reinterpret_cast<const ElfW(Rela)*>(entry->d_un.d_ptr);
      if (entry->d_tag == DT_PLTRELSZ) bytes = entry->d_un.d_val;
    }
    if (!symbols || !names || !relocations) continue;
    for (size_t r = 0; r < bytes / sizeof(ElfW(Rela)); r++) {
      const auto& symbol = symbols[ELF64_R_SYM(relocations[r].r_info)];
      if (std::strcmp(names + symbol.st_name, "bind") != 0) continue;
      auto** slot = reinterpret_cast<void**>(library->dlpi_addr + relocations[r].r_offset);
      places.push_back({slot, *slot});
    }
  }
  return 0;
}

// Binds the address once: TensorFlow would tell at length, and not say why, that it cannot.
void tryOut(const Address& address) {
  const auto* own = reinterpret_cast<const sockaddr*>(&address.storage);
  const int socket = ::socket(own->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw std::runtime_error(std::strerror(errno));
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // what has just been closed counts as free
  const int fault = ::bind(socket, own, address.length) == 0 ? 0 : errno;
  close(socket);
  if (fault != 0) throw std::runtime_error(std::strerror(fault));
}

}  // namespace

ListenOnlyAt::ListenOnlyAt(const Address& address) {
  tryOut(address);
  wanted = &address;
  bound = false;
  places.clear();
  dl_iterate_phdr(collect, nullptr);
  if (places.empty()) throw std::runtime_error("TensorFlow cannot be held to one address here");
  const Bind there = bindThere;
  for (const Place& place : places) write(place.slot, reinterpret_cast<void*>(there));
}

ListenOnlyAt::~ListenOnlyAt() {
  wanted = nullptr;
  for (const Place& place : places) {
    try {
      write(place.slot, place.before);
    } catch (const std::exception&) {
      // It was writable a moment ago. What stays in its place binds other ports as ever.
    }
  }
}

bool ListenOnlyAt::wasBound() const { return bound; }

}  // namespace naive_diffusion

#else

namespace naive_diffusion {

ListenOnlyAt::ListenOnlyAt(const Address&) {
  throw std::runtime_error("on this system TensorFlow would listen on all addresses of the machine; on Linux it does not");
}
ListenOnlyAt::~ListenOnlyAt() = default;
bool ListenOnlyAt::wasBound() const { return false; }

}  // namespace naive_diffusion

#endif
