using UserManager.Contract;
using UserManager.Plugins.JavaScript;
using Xunit;

namespace UserManager.Plugins.Tests.JavaScript;

/// <summary>When others take all the time there is. Alone, since other tests have time limits too.</summary>
[Collection(nameof(BusyMachineTests))]
[CollectionDefinition(nameof(BusyMachineTests), DisableParallelization = true)]
public sealed class BusyMachineTests
{
    // Loops that are compiled while they run, by threads that get no time: what JavaScriptCore does by signals came to nothing there.
    [Theory]
    [InlineData("for (;;);")]
    [InlineData("while (true) { try { for (;;); } catch (e) { } finally { } }")]
    [InlineData("var a = []; for (;;) a = [a];")]
    public async Task A_loop_is_ended_on_a_busy_machine(string source)
    {
        var isBusy = true;
        for (var i = 0; i < 3 * Environment.ProcessorCount; i++)
            new Thread(() => { while (Volatile.Read(ref isBusy)) { } }) { IsBackground = true }.Start();

        try
        {
            using var hooks = new Hooks(EngineChoice.Javascriptcore);
            var step = hooks.Step(source);
            for (var i = 0; i < 20; i++)
            {
                var ran = Task.Run(() => hooks.Run(step, Requests.Access()), TestContext.Current.CancellationToken);
                Assert.Equal(Rcode.Fail, await ran.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            }
        }
        finally
        {
            Volatile.Write(ref isBusy, false);
        }
    }
}
