// A list that forgets its oldest entries, because a sandbox that runs for weeks must not grow. Every entry
// gets a number that never repeats, so a reader can ask for what came after the last one it saw.

/// A bounded first-in-first-out list. Bounded by entries and by what the entries weigh, in bytes.
struct Ring<Element: Sendable>: Sendable {
    private var entries: [(number: Int64, weight: Int, element: Element)] = []
    private var first = 0
    private var weight = 0
    private let entriesMax: Int
    private let bytesMax: Int

    /// The number of the newest entry ever appended; 0 before the first.
    private(set) var lastNumber: Int64 = 0

    /// Keeps at most `entriesMax` entries and, where they are weighed, `bytesMax` bytes of them.
    init(entriesMax: Int, bytesMax: Int = .max) {
        self.entriesMax = entriesMax
        self.bytesMax = bytesMax
    }

    /// How many entries are kept now.
    var count: Int { entries.count - first }

    /// The kept entries, oldest first.
    var all: [Element] { entries[first...].map(\.element) }

    /// Appends and forgets what no longer fits. Gives the new entry's number.
    @discardableResult
    mutating func append(_ element: Element, weighing bytes: Int = 0) -> Int64 {
        lastNumber += 1
        entries.append((lastNumber, bytes, element))
        weight += bytes
        while count > entriesMax || (weight > bytesMax && count > 1) {
            weight -= entries[first].weight
            first += 1
        }
        // Dropping from the front of an array costs its length, so it is done once per half.
        if first > 64, first > entries.count / 2 {
            entries.removeFirst(first)
            first = 0
        }
        return lastNumber
    }

    /// Entries numbered after `number`, oldest first, at most `limit` of the newest.
    func after(_ number: Int64, limit: Int) -> [(number: Int64, element: Element)] {
        // Numbers have no gaps, so the place of one follows from the newest.
        let missing = Int(clamping: max(0, lastNumber - max(0, number)))
        return entries[first...].suffix(min(missing, limit)).map { ($0.number, $0.element) }
    }
}
