// A plan as EXPLAIN tells it, and what in it would grow with a table.

struct Plan: Decodable {
    struct Node: Decodable {
        var type: String
        var relation: String?
        var index: String?
        var condition: String?
        var rows: Double
        var plans: [Node]?

        private enum CodingKeys: String, CodingKey {
            case type = "Node Type"
            case relation = "Relation Name"
            case index = "Index Name"
            case condition = "Index Cond"
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

    /// What reads a whole table, a whole index, or sorts what nothing bounds. `partial` are indexes over a part of
    /// their table that stays small, such as what is open; `small` are tables that stay small as a whole.
    func faults(partial: Set<String>, small: Set<String>) -> [String] {
        root.whole.compactMap { node in
            let relations = node.whole.compactMap(\.relation)
            if !relations.isEmpty, relations.allSatisfy(small.contains) { return nil }
            switch node.type {
            case "Seq Scan": return "reads all of \(node.relation ?? "?")"
            case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
                guard node.condition == nil, let index = node.index, !partial.contains(index) else {
                    return nil
                }
                return "walks all of \(index)"
            case "Sort", "Incremental Sort":
                let bounded = (node.plans ?? []).allSatisfy { $0.rows <= Self.sortedMax || $0.isLimited }
                return bounded ? nil : "sorts \(Int((node.plans ?? []).map(\.rows).max() ?? 0)) rows"
            default: return nil
            }
        }
    }
}
