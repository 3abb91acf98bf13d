// The sandbox program; everything it does is in the library beside it.
import Lifecycle
import Sandbox

// Meta does not hold webhooks back because 32 others are not answered yet. The ingress takes 256 of one address.
await Program.run(name: "sandbox", connectionsPerHostMax: 200) { setup in
    try await SandboxService.start(setup)
}
