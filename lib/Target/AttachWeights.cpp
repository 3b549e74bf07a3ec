#include "lib/Target/AttachWeights.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace tenon;
namespace elf = llvm::ELF;

static llvm::Error malformed(const char *what) {
  return llvm::createStringError("the linked image has %s", what);
}

namespace {
/// An ELF image in memory: checked access to its headers, by value, since they need not be aligned.
class Image {
public:
  explicit Image(ObjectBytes &bytes) : bytes(bytes) {}

  template <typename T>
  bool get(uint64_t offset, T &value) const {
    if (offset > bytes.size() || sizeof(T) > bytes.size() - offset)
      return false;
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return true;
  }
  template <typename T>
  void put(uint64_t offset, const T &value) {
    std::memcpy(bytes.data() + offset, &value, sizeof(T));
  }
  uint64_t append(llvm::ArrayRef<char> content, uint64_t alignment) {
    uint64_t offset = llvm::alignTo(bytes.size(), alignment);
    bytes.resize(offset);
    bytes.append(content.begin(), content.end());
    return offset;
  }

  llvm::Error load();
  llvm::StringRef string(const elf::Elf64_Shdr &table, uint64_t offset) const;
  uint64_t sectionOffset(size_t index) const { return header.e_shoff + index * sizeof(elf::Elf64_Shdr); }

  elf::Elf64_Ehdr header;
  std::vector<elf::Elf64_Shdr> sections;
  ObjectBytes &bytes;
};
} // namespace

llvm::Error Image::load() {
  if (!get(0, header) || !header.checkMagic() || header.getFileClass() != elf::ELFCLASS64 ||
      header.getDataEncoding() != elf::ELFDATA2LSB || header.e_shentsize != sizeof(elf::Elf64_Shdr) ||
      header.e_shnum == 0 || header.e_shnum >= elf::SHN_LORESERVE - 1)
    return malformed("an unexpected header");
  sections.resize(header.e_shnum);
  for (size_t i = 0; i < sections.size(); ++i)
    if (!get(sectionOffset(i), sections[i]))
      return malformed("a section table out of range");
  if (header.e_shstrndx >= sections.size())
    return malformed("no section names");
  return llvm::Error::success();
}

llvm::StringRef Image::string(const elf::Elf64_Shdr &table, uint64_t offset) const {
  if (table.sh_offset > bytes.size() || table.sh_size > bytes.size() - table.sh_offset ||
      offset >= table.sh_size)
    return {};
  llvm::StringRef rest(bytes.data() + table.sh_offset + offset, table.sh_size - offset);
  return rest.take_until([](char c) { return c == 0; });
}

llvm::Expected<uint64_t> tenon::attachToSharedObject(ObjectBytes &bytes, uint64_t size, uint64_t alignment) {
  Image image(bytes);
  if (llvm::Error error = image.load())
    return error;
  const elf::Elf64_Shdr &names = image.sections[image.header.e_shstrndx];
  for (size_t i = 0; i < image.sections.size(); ++i) {
    elf::Elf64_Shdr section = image.sections[i];
    if (image.string(names, section.sh_name) != ".tenon_weights")
      continue;
    if (section.sh_type != elf::SHT_NOBITS || section.sh_size != size)
      return malformed("another section in place of the weights");
    for (size_t k = 0; k < image.header.e_phnum; ++k) {
      uint64_t at = image.header.e_phoff + k * sizeof(elf::Elf64_Phdr);
      elf::Elf64_Phdr segment;
      if (!image.get(at, segment))
        return malformed("a program header out of range");
      if (segment.p_type != elf::PT_LOAD || segment.p_vaddr != section.sh_addr)
        continue;
      if (segment.p_memsz != size || segment.p_filesz != 0 || segment.p_vaddr % alignment)
        return malformed("another segment in place of the weights");
      // The file offset and the address agree modulo the alignment, and the address is a multiple of it. Only
      // now is it the segment's, or the linker would leave room for it in the file as well.
      segment.p_align = std::max<uint64_t>(segment.p_align, alignment);
      uint64_t offset = llvm::alignTo(bytes.size(), segment.p_align);
      segment.p_offset = offset;
      segment.p_filesz = size;
      segment.p_flags = elf::PF_R;
      image.put(at, segment);
      section.sh_type = elf::SHT_PROGBITS;
      section.sh_flags = elf::SHF_ALLOC;
      section.sh_offset = offset;
      image.put(image.sectionOffset(i), section);
      return offset;
    }
    return malformed("no segment for the weights");
  }
  return malformed("no section for the weights");
}

llvm::Expected<uint64_t> tenon::attachToRelocatable(ObjectBytes &bytes, llvm::StringRef symbolName,
                                                    uint64_t size, bool large) {
  Image image(bytes);
  if (llvm::Error error = image.load())
    return error;
  auto index = static_cast<uint16_t>(image.sections.size());
  bool found = false;
  for (const elf::Elf64_Shdr &table : image.sections) {
    if (table.sh_type != elf::SHT_SYMTAB || table.sh_link >= image.sections.size())
      continue;
    for (uint64_t k = 0; k < table.sh_size / sizeof(elf::Elf64_Sym); ++k) {
      uint64_t at = table.sh_offset + k * sizeof(elf::Elf64_Sym);
      elf::Elf64_Sym symbol;
      if (!image.get(at, symbol))
        return malformed("a symbol table out of range");
      if (symbol.st_shndx != elf::SHN_UNDEF ||
          image.string(image.sections[table.sh_link], symbol.st_name) != symbolName)
        continue;
      symbol.st_shndx = index;
      symbol.st_value = 0;
      symbol.st_size = size;
      symbol.setBindingAndType(elf::STB_GLOBAL, elf::STT_OBJECT);
      image.put(at, symbol);
      found = true;
    }
  }
  if (!found)
    return malformed("no reference to the weights");

  // A copy of the names with one more, then the section table with one more, then (appended later) the
  // weights. A program may hold several models, hence the large-data section well before 2 GiB.
  large &= size > (uint64_t(1) << 30);
  elf::Elf64_Shdr names = image.sections[image.header.e_shstrndx];
  if (names.sh_offset > bytes.size() || names.sh_size > bytes.size() - names.sh_offset)
    return malformed("section names out of range");
  std::string text(bytes.data() + names.sh_offset, names.sh_size);
  elf::Elf64_Shdr weights = {};
  weights.sh_name = text.size();
  text += large ? ".lrodata.tenon_weights" : ".rodata.tenon_weights";
  text.push_back(0);
  names.sh_size = text.size();
  names.sh_offset = image.append(text, 1);
  image.sections[image.header.e_shstrndx] = names;

  weights.sh_type = elf::SHT_PROGBITS;
  weights.sh_flags = elf::SHF_ALLOC | (large ? elf::SHF_X86_64_LARGE : 0);
  weights.sh_size = size;
  weights.sh_addralign = 4096;
  image.sections.push_back(weights);
  uint64_t table = llvm::alignTo(bytes.size(), 8);
  uint64_t offset = llvm::alignTo(table + image.sections.size() * sizeof(elf::Elf64_Shdr), 4096);
  image.sections.back().sh_offset = offset;
  image.header.e_shoff = image.append({reinterpret_cast<const char *>(image.sections.data()),
                                       image.sections.size() * sizeof(elf::Elf64_Shdr)},
                                      8);
  image.header.e_shnum = static_cast<uint16_t>(image.sections.size());
  image.put(0, image.header);
  return offset;
}
