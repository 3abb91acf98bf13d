// Timers of one loop as a binary heap by deadline. Cancelling removes the body at once and the entry when it
// surfaces, so a cancelled timer costs one heap entry until its deadline, never its closure.

struct TimerHeap {
    private struct Entry {
        var deadlineNs: Int64
        var id: UInt64
    }
    private var entries: [Entry] = []
    private var bodies: [UInt64: () -> Void] = [:]
    private var nextID: UInt64 = 1

    /// The next deadline that still has a body, after dropping cancelled entries from the top.
    var earliest: Int64? {
        mutating get {
            while let first = entries.first {
                if bodies[first.id] != nil { return first.deadlineNs }
                _ = popFirst()
            }
            return nil
        }
    }

    mutating func add(_ deadlineNs: Int64, _ body: @escaping () -> Void) -> UInt64 {
        let id = nextID
        nextID += 1
        bodies[id] = body
        entries.append(Entry(deadlineNs: deadlineNs, id: id))
        siftUp(entries.count - 1)
        return id
    }

    mutating func cancel(_ id: UInt64) { bodies[id] = nil }

    /// The body of the earliest timer if its deadline is not after `now`.
    mutating func popDue(_ now: Int64) -> (() -> Void)? {
        while let first = entries.first, first.deadlineNs <= now {
            _ = popFirst()
            if let body = bodies.removeValue(forKey: first.id) { return body }
        }
        return nil
    }

    private mutating func popFirst() -> Entry? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown(0)
        }
        return first
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].deadlineNs < entries[parent].deadlineNs else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            let left = parent * 2 + 1
            guard left < entries.count else { return }
            let right = left + 1
            let child =
                right < entries.count && entries[right].deadlineNs < entries[left].deadlineNs ? right : left
            guard entries[child].deadlineNs < entries[parent].deadlineNs else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
