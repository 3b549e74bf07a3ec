#include "passes/Substitute/Search/Extract.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <coin/Cbc_C_Interface.h>
#include <limits>

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
    best.bound = found && gap == 0 ? best.cost : std::max(0.0, best.cost - gap);
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

  /// Classes that every graph needs: those without which a root cannot be computed. All of them are in
  /// `start`, if that is still a graph.
  void findForced(const Selection &start) {
    // With fewer members, what every graph needs is still needed.
    forced.resize(graph.numIds(), 0);
    // By member, how many of its operands are not computed yet; by class, the members that read it.
    std::vector<int> missing(graph.numNodes(), -1);
    std::vector<ClassId> resultOf(graph.numNodes(), 0);
    std::vector<std::vector<NodeId>> readers(graph.numIds());
    std::vector<NodeId> ready;
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
    auto isComputed = [&](ClassId without) {
      std::vector<int> left = missing;
      std::vector<char> done(graph.numIds(), 0);
      std::vector<NodeId> work = ready;
      while (!work.empty()) {
        ClassId id = resultOf[work.back()];
        work.pop_back();
        if (id == without || done[id])
          continue;
        done[id] = 1;
        for (NodeId reader : readers[id])
          if (--left[reader] == 0)
            work.push_back(reader);
      }
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
    // Relaxations of very large parts take long, and say little: these stay as they are, and count as a gap.
    constexpr size_t kLargest = 1200;
    if (part.columns.size() > kLargest) {
      double whole = 0;
      for (int column : part.columns)
        if (NodeId node = memberOf[column];
            node != Selection::none && start.nodeOf[classOf[column]] == node) {
          choice[classOf[column]] = node;
          whole += costs[node];
        }
      return whole;
    }
    std::vector<int> place(objective.size(), -1);
    std::vector<double> cost, least, most, rowLeast, rowMost;
    for (int column : part.columns) {
      place[column] = int(cost.size());
      cost.push_back(objective[column]);
      least.push_back(lower[column]);
      most.push_back(upper[column]);
    }
    std::vector<std::vector<std::pair<int, double>>> byColumn(cost.size());
    for (size_t row : part.rows) {
      for (auto [column, value] : rows[row])
        byColumn[place[column]].push_back({int(rowLeast.size()), value});
      rowLeast.push_back(rowLower[row]);
      rowMost.push_back(rowUpper[row]);
    }
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
    // The same part again: most parts are, in most of a search's questions.
    std::vector<double> key;
    if (solved) {
      for (const auto *list : {&values, &least, &most, &cost, &rowLeast, &rowMost})
        key.insert(key.end(), list->begin(), list->end());
      key.insert(key.end(), starts.begin(), starts.end());
      key.insert(key.end(), indices.begin(), indices.end());
      for (int column : part.columns)
        key.push_back(memberOf[column] != Selection::none &&
                      start.nodeOf[classOf[column]] == memberOf[column]);
      if (auto it = solved->find(key); it != solved->end()) {
        for (auto [column, isTaken] : llvm::zip(part.columns, it->second.taken))
          if (isTaken)
            choice[classOf[column]] = memberOf[column];
        return it->second.gap;
      }
    }
    Cbc_Model *model = Cbc_newModel();
    Cbc_setLogLevel(model, 0);
    Cbc_setParameter(model, "log", "0");
    Cbc_loadProblem(model, int(cost.size()), int(rowLeast.size()), starts.data(), indices.data(),
                    values.data(), least.data(), most.data(), cost.data(), rowLeast.data(), rowMost.data());
    Cbc_setObjSense(model, 1);
    std::vector<int> given;
    std::vector<double> taken;
    // A start is given whole, or CBC would look for the rest of it.
    bool isWhole = true;
    for (int column : part.columns)
      if (NodeId node = memberOf[column]; node != Selection::none) {
        Cbc_setInteger(model, place[column]);
        NodeId member = start.nodeOf[classOf[column]];
        isWhole &= member == Selection::none || columnOf[member] >= 0;
        given.push_back(place[column]);
        taken.push_back(member == node ? 1 : 0);
      }
    if (isWhole)
      Cbc_setMIPStartI(model, int(given.size()), given.data(), taken.data());
    Cbc_setMaximumNodes(model, int(budget));
    // The parts are small: cuts and heuristics take longer than a few more nodes.
    Cbc_setParameter(model, "cuts", "off");
    Cbc_setParameter(model, "heuristicsOnOff", "off");
    Cbc_solve(model);
    const double *solution = Cbc_getColSolution(model);
    SolvedPart result;
    for (int column : part.columns) {
      result.taken.push_back(
          memberOf[column] != Selection::none &&
          (solution ? solution[place[column]] > 0.5 : start.nodeOf[classOf[column]] == memberOf[column]));
      if (result.taken.back())
        choice[classOf[column]] = memberOf[column];
    }
    if (!Cbc_isProvenOptimal(model))
      result.gap = std::max(0.0, Cbc_getObjValue(model) - Cbc_getBestPossibleObjValue(model));
    Cbc_deleteModel(model);
    double gap = result.gap;
    if (solved)
      solved->emplace(std::move(key), std::move(result));
    return gap;
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
          columnOf[node] = addColumn(costs[node], 1, id, node);
        }
    levelOf.assign(graph.numIds(), -1);
    for (ClassId id : order)
      if (int size = sizes[component[id]]; size > 1)
        levelOf[id] = addColumn(0, size - 1, id, Selection::none);
  }
  int addColumn(double cost, double most, ClassId id, NodeId member) {
    objective.push_back(cost);
    lower.push_back(0);
    upper.push_back(most);
    classOf.push_back(id);
    memberOf.push_back(member);
    return int(objective.size()) - 1;
  }

  void addRows() {
    constexpr double kInfinite = std::numeric_limits<double>::max();
    for (ClassId id : order) {
      Row one;
      for (NodeId node : graph[id].nodes)
        if (columnOf[node] >= 0)
          one.push_back({columnOf[node], 1});
      // A class that is needed has a member.
      if (forced[id] && !one.empty())
        addRow(one, 1, kInfinite);
      // Of the members that read a class, one at most is taken; then that class has a member, too.
      std::vector<std::pair<ClassId, Row>> needs;
      for (NodeId node : graph[id].nodes) {
        bool fixed = isFixed(id, node);
        if (columnOf[node] < 0 && !fixed)
          continue;
        for (ClassId child : operandsOf(node)) {
          if (!forced[child]) {
            auto need = llvm::find_if(needs, [&](const auto &entry) { return entry.first == child; });
            if (need == needs.end())
              need = needs.insert(needs.end(), {child, {}});
            need->second.push_back({columnOf[node], -1});
          }
          // Operands come on a lower level: level(id) - level(child) >= 1 - size * (1 - taken).
          if (component[child] == component[id]) {
            double size = sizes[component[id]];
            Row row = {{levelOf[id], 1}, {levelOf[child], -1}};
            if (!fixed)
              row.push_back({columnOf[node], -size});
            addRow(row, fixed ? 1 : 1 - size, kInfinite);
          }
        }
      }
      for (auto &[child, row] : needs) {
        for (NodeId other : graph[child].nodes)
          if (columnOf[other] >= 0)
            row.push_back({columnOf[other], 1});
        addRow(std::move(row), 0, kInfinite);
      }
    }
  }
  using Row = std::vector<std::pair<int, double>>;
  void addRow(Row row, double least, double most) {
    rows.push_back(std::move(row));
    rowLower.push_back(least);
    rowUpper.push_back(most);
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
  std::vector<int> component, sizes, levelOf;
  int components = 0;
  std::vector<char> forced;
  std::vector<ClassId> classOf; ///< by column
  std::vector<NodeId> memberOf; ///< by column; none for a level
  std::vector<double> objective, lower, upper, rowLower, rowUpper;
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
