#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <random>
#include <string>

/// What there is to tune.
namespace tenon::autotune {

using Rng = std::mt19937_64;
/// A point of a task's space: one index per knob, in the space's order of knobs.
using Point = llvm::SmallVector<uint16_t, 16>;

/// Of the knobs and what they can be: a point of one version means nothing in another; texts of schedules do.
inline constexpr unsigned kSpaceVersion = 1;
/// Of the features' number, order and meaning: a model of one version cannot read another's.
inline constexpr unsigned kFeaturesVersion = 1;

/// What a task can be compiled to on one target. Points are valid by construction. A space belongs to one
/// thread at a time.
class Space {
public:
  virtual ~Space();
  /// Number of valid points; of a large space a lower bound, which does not count choices of prefetching.
  virtual uint64_t size() const = 0;
  /// A point, uniformly over the valid ones of a form of the task; forms by about how many they have.
  virtual Point sample(Rng &rng) const = 0;
  /// A valid neighbour of `point`: one or a few knobs are another; the point itself if it is the only one.
  virtual Point mutate(const Point &point, Rng &rng) const = 0;
  /// A valid point whose knobs are those of one or the other.
  virtual Point cross(const Point &a, const Point &b, Rng &rng) const = 0;
  /// Calls `visit` for every valid point, until it returns false.
  virtual void enumerate(llvm::function_ref<bool(const Point &)> visit) const = 0;
  /// Whether threads share the work as the compiler chose. What one thread measures says nothing of another
  /// way.
  virtual bool keepsSplit(const Point &point) const { return true; }
  /// What the compiler takes without tuning.
  virtual Point analytic() const = 0;
  /// The same for every task; see docs/space.md.
  virtual unsigned numFeatures() const = 0;
  /// Writes the point's features to `out`, numFeatures() numbers, from task, target and point alone.
  virtual void features(const Point &point, llvm::MutableArrayRef<float> out) const = 0;
  /// Text of the schedule's attribute, the same for the same point: the key in the database.
  virtual std::string print(const Point &point) const = 0;
  /// The point of a text; nothing if it is none of this space.
  virtual std::optional<Point> parse(llvm::StringRef text) const = 0;
};

} // namespace tenon::autotune
