// A plan as EXPLAIN tells it, and what in it would grow with a table.

/// What a plan's judge has to know of an index.
struct IndexFacts {
    var table: String
    /// In their order, expressions as PostgreSQL prints them.
    var columns: [String]
    /// Over a part of its table that stays small, such as what is open.
    var isPartial: Bool
}

struct Plan: Decodable {
    struct Node: Decodable {
        var type: String
        var relation: String?
        var index: String?
        var condition: String?
        var filter: String?
        var rows: Double
        var plans: [Node]?

        private enum CodingKeys: String, CodingKey {
            case type = "Node Type"
            case relation = "Relation Name"
            case index = "Index Name"
            case condition = "Index Cond"
            case filter = "Filter"
            case rows = "Plan Rows"
            case plans = "Plans"
        }

        var whole: [Node] { [self] + (plans ?? []).flatMap(\.whole) }
        var isLimited: Bool { type == "Limit" || (plans ?? []).contains { $0.isLimited } }
    }

    var root: Node

    private enum CodingKeys: String, CodingKey { case root = "Plan" }

    /// Sorting fewer than this is never what makes a statement slow.
    static let sortedMax = 1_000.0

    /// What reads a whole table, a whole index, or sorts what nothing bounds. Indexes are told by name, of which two
    /// schemas may have the same. `small` are tables that stay small as a whole.
    func faults(_ indexes: [String: [IndexFacts]], small: Set<String>) -> [String] {
        root.whole.compactMap { node in
            let relations = node.whole.compactMap {
                $0.relation ?? $0.index.flatMap { indexes[$0]?.first?.table }
            }
            if !relations.isEmpty, relations.allSatisfy(small.contains) { return nil }
            switch node.type {
            case "Seq Scan": return "reads all of \(node.relation ?? "?")"
            case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
                let faults = indexes[node.index ?? "", default: []].map { Self.fault(of: node, by: $0) }
                return faults.contains { $0 == nil } ? nil : faults.first ?? nil
            case "Sort", "Incremental Sort":
                let bounded = (node.plans ?? []).allSatisfy { $0.rows <= Self.sortedMax || $0.isLimited }
                return bounded ? nil : "sorts \(Int((node.plans ?? []).map(\.rows).max() ?? 0)) rows"
            default: return nil
            }
        }
    }

    /// An index is of use from its first column on: asked for a later one alone it is walked from end to end, and a
    /// column of its own that is compared afterwards means that everything was read that has the ones before it.
    private static func fault(of node: Node, by index: IndexFacts) -> String? {
        let name = node.index ?? "?"
        guard !index.isPartial else { return nil }
        guard let condition = node.condition else { return "walks all of \(name)" }
        if let first = index.columns.first, !condition.contains(first) {
            return "walks all of \(name) for \(condition)"
        }
        let compared = index.columns.dropFirst().first { node.filter?.contains("(\($0) = ") ?? false }
        return compared.map { "reads more of \(name) than it looks for: \($0) is compared afterwards" }
    }
}
