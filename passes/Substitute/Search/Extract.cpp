#include "passes/Substitute/Search/Extract.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <coin/Cbc_C_Interface.h>
#include <limits>
#include <numeric>
#include <set>

using namespace tenon::substitute;
using llvm::ArrayRef;
using ClassId = EGraph::ClassId;
using NodeId = EGraph::NodeId;

std::optional<Selection> tenon::substitute::select(const EGraph &graph, ArrayRef<ClassId> roots,
                                                   const NodeCosts &costs, ArrayRef<NodeId> choice) {
  Selection selection;
  selection.nodeOf.assign(graph.numIds(), Selection::none);
  // Depth first, with a mark for what is on the way: met again, it is a cycle.
  std::vector<char> state(graph.numIds(), 0);
  std::vector<std::pair<ClassId, size_t>> stack;
  auto push = [&](ClassId id) {
    NodeId node = choice[id];
    if (node == Selection::none || std::isinf(costs[node]))
      return false;
    state[id] = 1;
    selection.nodeOf[id] = node;
    selection.cost += costs[node];
    stack.push_back({id, 0});
    return true;
  };
  for (ClassId root : roots) {
    root = graph.find(root);
    if (!state[root] && !push(root))
      return std::nullopt;
    while (!stack.empty()) {
      auto &[id, next] = stack.back();
      const EGraph::ENode &node = graph.node(selection.nodeOf[id]);
      if (next == node.children.size()) {
        state[id] = 2;
        stack.pop_back();
        continue;
      }
      ClassId child = graph.find(node.children[next++]);
      if (state[child] == 1 || (!state[child] && !push(child)))
        return std::nullopt;
    }
  }
  return selection;
}

/// For every class, the member that is cheapest if nothing is shared, and what it costs then. Classes that
/// are `paid` cost nothing to read.
static std::vector<NodeId> chooseTrees(const EGraph &graph, const NodeCosts &costs,
                                       std::vector<double> &least, ArrayRef<char> paid = {}) {
  least.assign(graph.numIds(), INFINITY);
  std::vector<NodeId> choice(graph.numIds(), Selection::none);
  // A member is taken only when its operands have a finite cost already and makes its class cheaper than it
  // was: a class never comes to depend on itself, as costs are positive.
  for (bool changed = true; changed;) {
    changed = false;
    for (ClassId id = 0; id < graph.numIds(); ++id) {
      if (graph.find(id) != id)
        continue;
      for (NodeId member : graph[id].nodes) {
        double cost = costs[member];
        for (ClassId child : graph.node(member).children)
          if (child = graph.find(child); paid.empty() || !paid[child])
            cost += least[child];
        if (cost < least[id] * (1 - 1e-12) || (std::isinf(least[id]) && !std::isinf(cost))) {
          least[id] = cost;
          choice[id] = member;
          changed = true;
        }
      }
    }
  }
  return choice;
}

std::optional<Selection> tenon::substitute::extractGreedily(const EGraph &graph, ArrayRef<ClassId> roots,
                                                            const NodeCosts &costs) {
  std::vector<double> least;
  return select(graph, roots, costs, chooseTrees(graph, costs, least));
}

namespace {

/// The 0/1 program of an e-graph.
class Program {
public:
  Program(const EGraph &graph, ArrayRef<ClassId> roots, const NodeCosts &costs, ArrayRef<char> constant,
          SolvedParts *solved)
      : graph(graph), roots(roots), costs(costs), constant(constant), solved(solved),
        columnOf(graph.numNodes(), -1), isLeftOut(graph.numNodes(), 0) {}

  Selection solve(const Selection &start, unsigned budget) {
    std::vector<NodeId> choice(graph.numIds(), Selection::none);
    if (!constant.empty()) {
      std::vector<double> least;
      choice = chooseTrees(graph, costs, least);
      for (ClassId id = 0; id < choice.size(); ++id)
        if (!constant[id])
          choice[id] = Selection::none;
    }
    // With fewer members, more classes are needed in every graph, and the other way round.
    for (bool changed = true; changed;) {
      collect();
      findReaders();
      findComponents();
      findForced(start);
      changed = leaveOut();
    }
    addColumns();
    addRows();
    for (ClassId id : order)
      for (NodeId node : graph[id].nodes)
        if (isFixed(id, node))
          choice[id] = node;
    double gap = 0;
    for (const Part &part : divide())
      gap += solvePart(part, start, budget, choice);
    std::optional<Selection> found = select(graph, roots, costs, choice);
    Selection best = found && found->cost <= start.cost ? std::move(*found) : start;
    best.bound = found && gap == 0 ? best.cost : std::max(0.0, (found ? found->cost : 0) - gap);
    return best;
  }

private:
  bool isConstant(ClassId id) const { return !constant.empty() && constant[id]; }

  /// Classes that a root may need, constants aside.
  void collect() {
    reached.assign(graph.numIds(), 0);
    order.clear();
    for (ClassId root : roots)
      reach(graph.find(root));
    for (size_t i = 0; i < order.size(); ++i)
      for (NodeId node : graph[order[i]].nodes)
        if (isEligible(order[i], node))
          for (ClassId child : graph.node(node).children)
            reach(graph.find(child));
  }
  void reach(ClassId id) {
    if (!reached[id] && !isConstant(id)) {
      reached[id] = 1;
      order.push_back(id);
    }
  }
  bool isEligible(ClassId id, NodeId node) const {
    return !std::isinf(costs[node]) && !isLeftOut[node] &&
           llvm::none_of(graph.node(node).children, [&](ClassId c) { return graph.find(c) == id; });
  }

  /// Who reads what, to ask what can be computed without a class.
  void findReaders() {
    missing.assign(graph.numNodes(), -1);
    resultOf.assign(graph.numNodes(), 0);
    readers.assign(graph.numIds(), {});
    ready.clear();
    for (ClassId id : order)
      for (NodeId node : graph[id].nodes) {
        if (!isEligible(id, node))
          continue;
        resultOf[node] = id;
        llvm::SmallVector<ClassId, 4> operands = operandsOf(node);
        for (ClassId operand : operands)
          readers[operand].push_back(node);
        missing[node] = int(operands.size());
        if (operands.empty())
          ready.push_back(node);
      }
  }
  /// By class, whether it can be computed without one, or without two.
  std::vector<char> computedWithout(ClassId without, ClassId other) const {
    std::vector<int> left = missing;
    std::vector<char> done(graph.numIds(), 0);
    std::vector<NodeId> work = ready;
    while (!work.empty()) {
      ClassId id = resultOf[work.back()];
      work.pop_back();
      if (id == without || id == other || done[id])
        continue;
      done[id] = 1;
      for (NodeId reader : readers[id])
        if (--left[reader] == 0)
          work.push_back(reader);
    }
    return done;
  }

  /// Classes that every graph needs: those without which a root cannot be computed. All of them are in
  /// `start`, if that is still a graph.
  void findForced(const Selection &start) {
    // With fewer members, what every graph needs is still needed.
    forced.resize(graph.numIds(), 0);
    auto isComputed = [&](ClassId without) {
      std::vector<char> done = computedWithout(without, without);
      return llvm::all_of(roots, [&](ClassId root) { return done[root] || isConstant(root); });
    };
    for (ClassId id : order)
      if (!forced[id] && (start.nodeOf[id] != Selection::none || llvm::is_contained(roots, id)))
        forced[id] = !isComputed(id);
    // `start` may have members that were left out since: what the others read may not be in it.
    std::vector<ClassId> work;
    for (ClassId id : order)
      if (forced[id])
        work.push_back(id);
    while (!work.empty()) {
      ClassId id = work.back();
      work.pop_back();
      for (NodeId node : graph[id].nodes)
        if (isFixed(id, node))
          for (ClassId operand : operandsOf(node))
            if (!forced[operand]) {
              forced[operand] = 1;
              work.push_back(operand);
            }
    }
  }
  /// The classes, constants aside, that a member reads, each once.
  llvm::SmallVector<ClassId, 4> operandsOf(NodeId node) const {
    llvm::SmallVector<ClassId, 4> operands;
    for (ClassId child : graph.node(node).children)
      if (child = graph.find(child); !isConstant(child) && !llvm::is_contained(operands, child))
        operands.push_back(child);
    return operands;
  }
  /// Leaves out members that alone cost more than another way to their class with all that only this way
  /// needs. That way must not lead back to the class. True if there were any.
  bool leaveOut() {
    std::vector<char> paid = forced;
    for (ClassId id = 0; id < paid.size(); ++id)
      paid[id] |= isConstant(id);
    NodeCosts remaining = costs;
    for (NodeId node = 0; node < isLeftOut.size(); ++node)
      if (isLeftOut[node])
        remaining[node] = INFINITY;
    std::vector<double> least;
    std::vector<NodeId> cheapest = chooseTrees(graph, remaining, least, paid);
    bool changed = false;
    for (ClassId id : order)
      for (NodeId node : graph[id].nodes)
        if (isEligible(id, node) && node != cheapest[id] && sizes[component[id]] == 1 &&
            costs[node] > least[id] * (1 + 1e-9))
          isLeftOut[node] = changed = true;
    return changed;
  }
  /// Whether the member is the only one of a class that is needed.
  bool isFixed(ClassId id, NodeId node) const {
    return forced[id] && isEligible(id, node) &&
           llvm::count_if(graph[id].nodes, [&](NodeId other) { return isEligible(id, other); }) == 1;
  }

  using Row = std::vector<std::pair<int, double>>;
  struct Part {
    std::vector<int> columns;
    std::vector<size_t> rows;
  };
  /// Columns that rows connect.
  std::vector<Part> divide() const {
    std::vector<int> leader(objective.size());
    for (size_t i = 0; i < leader.size(); ++i)
      leader[i] = int(i);
    auto find = [&](int column) {
      while (leader[column] != column)
        column = leader[column] = leader[leader[column]];
      return column;
    };
    for (const Row &row : rows)
      for (auto [column, value] : row)
        leader[find(column)] = find(row.front().first);
    // So do cycles.
    std::vector<int> first(components, -1);
    for (size_t i = 0; i < leader.size(); ++i)
      if (int group = component[classOf[i]]; sizes[group] > 1) {
        if (first[group] < 0)
          first[group] = int(i);
        leader[find(int(i))] = find(first[group]);
      }
    std::vector<int> partOf(objective.size(), -1);
    std::vector<Part> parts;
    for (size_t i = 0; i < leader.size(); ++i) {
      int &part = partOf[find(int(i))];
      if (part < 0) {
        part = int(parts.size());
        parts.emplace_back();
      }
      parts[part].columns.push_back(int(i));
    }
    for (size_t r = 0; r < rows.size(); ++r)
      if (!rows[r].empty())
        parts[partOf[find(rows[r].front().first)]].rows.push_back(r);
    llvm::erase_if(parts, [](const Part &part) { return part.rows.empty(); });
    return parts;
  }

  /// Adds the members of a part to `choice`. Returns by how much its cost may be above the optimum.
  double solvePart(const Part &part, const Selection &start, unsigned budget, std::vector<NodeId> &choice) {
    std::vector<char> given;
    for (int column : part.columns)
      given.push_back(start.nodeOf[classOf[column]] == memberOf[column]);
    // Relaxations of very large parts take long, and say little: these stay as they are, and count as a gap.
    constexpr size_t kLargest = 1200;
    if (part.columns.size() > kLargest)
      return take(part, given, choice);
    std::vector<int> place(objective.size(), -1);
    std::vector<double> cost;
    for (int column : part.columns) {
      place[column] = int(cost.size());
      cost.push_back(objective[column]);
    }
    std::vector<Row> own;
    std::vector<double> least;
    for (size_t row : part.rows) {
      own.emplace_back();
      for (auto [column, value] : rows[row])
        own.back().push_back({place[column], value});
      least.push_back(rowLower[row]);
    }
    // The same part again: most parts are, in most of a search's questions.
    std::vector<double> key;
    if (solved) {
      key = cost;
      for (const Row &row : own) {
        key.push_back(-1);
        for (auto [column, value] : row)
          key.push_back(value * (column + 1));
      }
      llvm::append_range(key, least);
      llvm::append_range(key, given);
      // What the columns stand for, and what is fixed beside them, tells where cycles are.
      for (int column : part.columns)
        key.push_back(memberOf[column]);
      std::set<int> groups;
      for (int column : part.columns)
        if (int group = component[classOf[column]]; sizes[group] > 1)
          groups.insert(group);
      for (ClassId id : order)
        if (groups.count(component[id]) && choice[id] != Selection::none)
          key.push_back(choice[id]);
      if (auto it = solved->find(key); it != solved->end()) {
        take(part, it->second.taken, choice);
        return it->second.gap;
      }
    }
    // A node of a large part takes longer, and says less: relaxations take fractions of many ways.
    constexpr double kEasy = 100;
    double size = std::max(double(cost.size()) / kEasy, 1.0);
    unsigned nodes = unsigned(std::max(double(budget) / (size * size), 1.0));
    // Cycles are rare in what is cheapest: those that there are get rows, and the part is solved again.
    constexpr unsigned kRounds = 30;
    SolvedPart result;
    double bound = 0;
    for (unsigned round = 0;; ++round) {
      result.taken = given;
      double lower = 0;
      solveRows(cost, own, least, given, isWhole(part, start), nodes, result.taken, lower);
      bound = std::max(bound, lower);
      std::vector<NodeId> made = choice;
      take(part, result.taken, made);
      std::vector<Cycle> cycles = findCycles(part, made);
      if (cycles.empty())
        break;
      if (round == kRounds) {
        result.taken = given;
        break;
      }
      for (const Cycle &cycle : cycles) {
        own.emplace_back();
        for (int column : cycle.columns)
          own.back().push_back({place[column], -1});
        least.push_back(1 - cycle.classes);
      }
    }
    double whole = take(part, result.taken, choice);
    result.gap = whole - bound > 1e-9 * whole ? whole - bound : 0;
    double gap = result.gap;
    if (solved)
      solved->emplace(std::move(key), std::move(result));
    return gap;
  }

  /// Adds the columns of a part that are taken to `choice`; what they cost.
  double take(const Part &part, ArrayRef<char> taken, std::vector<NodeId> &choice) const {
    double cost = 0;
    for (auto [column, isTaken] : llvm::zip_equal(part.columns, taken))
      if (isTaken) {
        choice[classOf[column]] = memberOf[column];
        cost += objective[column];
      }
    return cost;
  }

  /// Whether no member that `start` has in the part was left out.
  bool isWhole(const Part &part, const Selection &start) const {
    return llvm::all_of(part.columns, [&](int column) {
      NodeId member = start.nodeOf[classOf[column]];
      return member == Selection::none || columnOf[member] >= 0;
    });
  }

  /// Solves a 0/1 program of rows that are `least` or more. Without a solution, `taken` stays as it is; no
  /// solution costs less than `bound`.
  static void solveRows(ArrayRef<double> cost, ArrayRef<Row> rows, ArrayRef<double> least,
                        ArrayRef<char> given, bool isStart, unsigned budget, std::vector<char> &taken,
                        double &bound) {
    std::vector<std::vector<std::pair<int, double>>> byColumn(cost.size());
    for (auto [i, row] : llvm::enumerate(rows))
      for (auto [column, value] : row)
        byColumn[column].push_back({int(i), value});
    std::vector<CoinBigIndex> starts = {0};
    std::vector<int> indices;
    std::vector<double> values;
    for (auto &column : byColumn) {
      for (auto [row, value] : column) {
        indices.push_back(row);
        values.push_back(value);
      }
      starts.push_back(CoinBigIndex(indices.size()));
    }
    std::vector<double> zeros(cost.size(), 0), ones(cost.size(), 1);
    std::vector<double> most(rows.size(), std::numeric_limits<double>::max());
    Cbc_Model *model = Cbc_newModel();
    Cbc_setLogLevel(model, 0);
    Cbc_setParameter(model, "log", "0");
    Cbc_loadProblem(model, int(cost.size()), int(rows.size()), starts.data(), indices.data(), values.data(),
                    zeros.data(), ones.data(), cost.data(), least.data(), most.data());
    Cbc_setObjSense(model, 1);
    for (int column = 0; column < int(cost.size()); ++column)
      Cbc_setInteger(model, column);
    // A start is given whole, or CBC would look for the rest of it.
    std::vector<int> columns(cost.size());
    std::iota(columns.begin(), columns.end(), 0);
    std::vector<double> first(given.begin(), given.end());
    if (isStart)
      Cbc_setMIPStartI(model, int(columns.size()), columns.data(), first.data());
    Cbc_setMaximumNodes(model, int(budget));
    // The parts are small: cuts and heuristics take longer than a few more nodes.
    Cbc_setParameter(model, "cuts", "off");
    Cbc_setParameter(model, "heuristicsOnOff", "off");
    Cbc_solve(model);
    bool isOptimal = Cbc_isProvenOptimal(model);
    if (const double *solution = isOptimal ? Cbc_getColSolution(model) : Cbc_bestSolution(model))
      for (size_t i = 0; i < taken.size(); ++i)
        taken[i] = solution[i] > 0.5;
    bound = isOptimal ? Cbc_getObjValue(model) : Cbc_getBestPossibleObjValue(model);
    Cbc_deleteModel(model);
  }

  /// Strongly connected components (Tarjan): only inside of these, cycles must be ruled out.
  void findComponents() {
    component.assign(graph.numIds(), -1);
    sizes.clear();
    components = 0;
    std::vector<int> index(graph.numIds(), -1), low(graph.numIds(), 0);
    std::vector<ClassId> open;
    int count = 0;
    struct Frame {
      ClassId id;
      std::vector<ClassId> children;
      size_t next = 0;
    };
    auto childrenOf = [&](ClassId id) {
      std::vector<ClassId> children;
      for (NodeId node : graph[id].nodes)
        if (isEligible(id, node))
          llvm::append_range(children, operandsOf(node));
      return children;
    };
    for (ClassId start : order) {
      if (index[start] >= 0)
        continue;
      std::vector<Frame> stack;
      auto enter = [&](ClassId id) {
        index[id] = low[id] = count++;
        open.push_back(id);
        stack.push_back({id, childrenOf(id)});
      };
      enter(start);
      while (!stack.empty()) {
        Frame &frame = stack.back();
        if (frame.next < frame.children.size()) {
          ClassId child = frame.children[frame.next++];
          if (index[child] < 0)
            enter(child);
          else if (component[child] < 0)
            low[frame.id] = std::min(low[frame.id], index[child]);
          continue;
        }
        ClassId id = frame.id;
        stack.pop_back();
        if (!stack.empty())
          low[stack.back().id] = std::min(low[stack.back().id], low[id]);
        if (low[id] != index[id])
          continue;
        int size = 0;
        for (bool last = false; !last; ++size) {
          last = open.back() == id;
          component[open.back()] = components;
          open.pop_back();
        }
        sizes.push_back(size);
        ++components;
      }
    }
  }

  void addColumns() {
    for (ClassId id : order)
      for (NodeId node : graph[id].nodes)
        if (isEligible(id, node) && !isFixed(id, node) && columnOf[node] < 0) {
          columnOf[node] = int(objective.size());
          objective.push_back(costs[node]);
          classOf.push_back(id);
          memberOf.push_back(node);
        }
  }

  void addRows() {
    for (ClassId id : order) {
      Row one;
      for (NodeId node : graph[id].nodes)
        if (columnOf[node] >= 0)
          one.push_back({columnOf[node], 1});
      // A class that is needed has a member.
      if (forced[id] && !one.empty())
        addRow(one, 1);
      // Of the members that read a class, one at most is taken; then that class has a member, too, where
      // there can be cycles one that `mayServe` this class.
      std::vector<std::vector<char>> without = computedBeside(id);
      struct Need {
        ClassId child;
        Row row;
        double fixed = 0; ///< readers that are taken in any case
      };
      std::vector<Need> needs;
      for (NodeId node : graph[id].nodes) {
        bool fixed = isFixed(id, node);
        if (columnOf[node] < 0 && !fixed)
          continue;
        for (ClassId child : operandsOf(node)) {
          if (forced[child] && component[child] != component[id])
            continue;
          auto need = llvm::find_if(needs, [&](const Need &entry) { return entry.child == child; });
          if (need == needs.end())
            need = needs.insert(needs.end(), {child, {}});
          if (fixed)
            need->fixed = 1;
          else
            need->row.push_back({columnOf[node], -1});
        }
      }
      for (Need &need : needs) {
        bool isMet = false;
        for (NodeId other : graph[need.child].nodes) {
          bool fixed = isFixed(need.child, other);
          if ((columnOf[other] < 0 && !fixed) ||
              (component[need.child] == component[id] && !mayServe(other, without)))
            continue;
          isMet |= fixed;
          if (!fixed)
            need.row.push_back({columnOf[other], 1});
        }
        if (!isMet)
          addRow(std::move(need.row), need.fixed);
      }
    }
  }

  /// What can be computed without a class that is on a circle and one of those that read it, for each of
  /// these. A class is taken if it is a root or one of them is computed from it; what it is computed from
  /// does not need that one then. So the parts that a concatenation is split into do not come from these
  /// parts: without that, relaxations take half of a concatenation of halves.
  std::vector<std::vector<char>> computedBeside(ClassId id) const {
    constexpr size_t kMostReaders = 4;
    std::vector<std::vector<char>> without;
    if (sizes[component[id]] == 1)
      return without;
    llvm::SmallVector<ClassId, 4> others;
    for (NodeId reader : readers[id])
      if (!llvm::is_contained(others, resultOf[reader]))
        others.push_back(resultOf[reader]);
    if (llvm::is_contained(roots, id) || others.size() > kMostReaders)
      others.assign({id});
    for (ClassId other : others)
      without.push_back(computedWithout(id, other));
    return without;
  }
  bool mayServe(NodeId member, ArrayRef<std::vector<char>> without) const {
    llvm::SmallVector<ClassId, 4> operands = operandsOf(member);
    return llvm::any_of(without, [&](const std::vector<char> &done) {
      return llvm::all_of(operands, [&](ClassId operand) { return done[operand]; });
    });
  }

  /// Classes that read each other in a circle.
  struct Cycle {
    std::vector<int> columns; ///< of all members that read the next class of the circle
    int classes = 0;          ///< that have such columns
  };
  std::vector<Cycle> findCycles(const Part &part, ArrayRef<NodeId> choice) const {
    std::vector<Cycle> cycles;
    std::vector<char> state(graph.numIds(), 0);
    std::vector<std::pair<ClassId, size_t>> stack;
    for (int column : part.columns) {
      if (choice[classOf[column]] == memberOf[column] && !state[classOf[column]])
        stack.push_back({classOf[column], 0});
      while (!stack.empty()) {
        auto &[id, next] = stack.back();
        state[id] = 1;
        llvm::SmallVector<ClassId, 4> operands =
            choice[id] == Selection::none ? llvm::SmallVector<ClassId, 4>() : operandsOf(choice[id]);
        if (next == operands.size()) {
          state[id] = 2;
          stack.pop_back();
          continue;
        }
        ClassId child = operands[next++];
        if (component[child] != component[id] || state[child] == 2)
          continue;
        if (state[child] == 0) {
          stack.push_back({child, 0});
          continue;
        }
        Cycle &cycle = cycles.emplace_back();
        ClassId read = child;
        for (auto it = stack.rbegin(); it == stack.rbegin() || read != child; ++it) {
          size_t before = cycle.columns.size();
          for (NodeId node : graph[it->first].nodes)
            if (columnOf[node] >= 0 && llvm::is_contained(operandsOf(node), read))
              cycle.columns.push_back(columnOf[node]);
          cycle.classes += cycle.columns.size() > before;
          read = it->first;
        }
      }
    }
    return cycles;
  }

  /// The sum of the row's columns is `least` or more.
  void addRow(Row row, double least) {
    rows.push_back(std::move(row));
    rowLower.push_back(least);
  }

  const EGraph &graph;
  ArrayRef<ClassId> roots;
  const NodeCosts &costs;
  ArrayRef<char> constant; ///< by class
  SolvedParts *solved;
  std::vector<int> columnOf;
  std::vector<char> isLeftOut; ///< by member
  std::vector<char> reached;
  std::vector<ClassId> order;
  std::vector<int> component, sizes;
  int components = 0;
  /// By member, how many of its operands are not computed at first; by class, the members that read it.
  std::vector<int> missing;
  std::vector<ClassId> resultOf;
  std::vector<std::vector<NodeId>> readers;
  std::vector<NodeId> ready; ///< members without operands
  std::vector<char> forced;
  std::vector<ClassId> classOf; ///< by column
  std::vector<NodeId> memberOf; ///< by column
  std::vector<double> objective, rowLower;
  std::vector<Row> rows;
};

} // namespace

Selection tenon::substitute::extractExactly(const EGraph &graph, ArrayRef<ClassId> roots,
                                            const NodeCosts &costs, const Selection &start, unsigned budget,
                                            ArrayRef<char> constant, SolvedParts *solved) {
  std::vector<ClassId> found;
  for (ClassId root : roots)
    found.push_back(graph.find(root));
  return Program(graph, found, costs, constant, solved).solve(start, budget);
}
