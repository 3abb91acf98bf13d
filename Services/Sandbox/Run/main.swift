// The sandbox program; everything it does is in the library beside it.
import Lifecycle
import Sandbox

await Program.run(name: "sandbox") { setup in try await SandboxService.start(setup) }
