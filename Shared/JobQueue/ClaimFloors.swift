// Floors for a queue of several lanes that are claimed in one statement, each by itself: what is due in one lane and
// waits for room says nothing of another.
import Synchronization
package import World

/// By the lanes' names, which are as many as a service is configured with.
package final class ClaimFloors: Sendable {
    /// What a claim found of one lane.
    package struct Seen: Sendable {
        let lane: String
        let look: ClaimFloor.Look
        let due: [Timestamp]
        let isFull: Bool

        /// As `ClaimFloor.found` has it.
        package init(lane: String, look: ClaimFloor.Look, due: [Timestamp], isFull: Bool) {
            self.lane = lane
            self.look = look
            self.due = due
            self.isFull = isFull
        }
    }

    private let floors = Mutex<[String: ClaimFloor]>([:])

    package init() {}

    /// The next look into each lane, in their order.
    package func looks(_ lanes: [String], _ world: World) -> [ClaimFloor.Look] {
        let now = world.now(), startNs = world.monotonic()
        return floors.withLock { floors in
            lanes.map { floors[$0, default: ClaimFloor()].look(now: now, startNs: startNs) }
        }
    }

    /// Once what was found is claimed for good. A claim that failed moves no floor.
    package func keep(_ seen: [Seen], endNs: Int64) {
        floors.withLock { floors in
            for one in seen {
                floors[one.lane, default: ClaimFloor()].found(
                    one.due, isFull: one.isFull, by: one.look, endNs: endNs)
            }
        }
    }

    /// The end of a job has made one claimable that waited for it, and that may have been passed over.
    package func lookBack(_ lane: String) { floors.withLock { $0[lane]?.lookBack() } }
}
