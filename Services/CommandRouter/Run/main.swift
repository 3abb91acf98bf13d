// The program of command-router: nothing but its start. What it does is in CommandRouterService.
import CommandRouter
import Lifecycle

await Program.run(name: "command-router") { setup in try await CommandRouterService.start(setup) }
