using Microsoft.Extensions.Logging;
using UserManager.Contract;
using UserManager.Radius;

namespace UserManager.Plugins.JavaScript;

/// <summary>The engines of a module: each thread that runs hooks has one, made when it first needs it.</summary>
internal sealed class EngineThreads(EngineFactory factory, RadiusDictionary dictionary, ILogger log) : IDisposable
{
    private readonly ThreadLocal<Seat?> _seat = new();
    private readonly List<Seat> _seats = [];
    private readonly Lock _lock = new();
    private bool _isDisposed;

    /// <summary>Reads a hook only to see whether it can be.</summary>
    /// <exception cref="ScriptException">It cannot.</exception>
    public void Check(Hook hook)
    {
        using var engine = factory.Create();
        engine.Load(hook.Name, hook.Source);
    }

    /// <summary>Runs a hook on this thread.</summary>
    /// <exception cref="ScriptException">It failed.</exception>
    public string? Run(Hook hook, RequestContext context)
    {
        var seat = _seat.Value ??= Take();
        if (seat.TryRun(hook, context, out var returned))
            return returned;

        // It ran, and was given up meanwhile: whoever uses this thread next gets another engine.
        _seat.Value = null;
        lock (_lock)
            _seats.Remove(seat);

        return returned;
    }

    /// <summary>Gives up the engine that runs for this request: when it comes back it is not used again.</summary>
    public void GiveUp(RequestContext context)
    {
        Seat? seat;
        lock (_lock)
            seat = _seats.Find(s => s.Runs == context);

        seat?.Close();
    }

    /// <summary>Releases the engines; one that still runs a hook when that ends.</summary>
    public void Dispose()
    {
        List<Seat> seats;
        lock (_lock)
        {
            _isDisposed = true;
            seats = [.. _seats];
            _seats.Clear();
        }

        foreach (var seat in seats)
            seat.Close();
    }

    private Seat Take()
    {
        var seat = new Seat(factory.Create(), new HookCall(dictionary, log));
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _seats.Add(seat);
                return seat;
            }
        }

        seat.Close();
        throw new ScriptException("the hooks of this policy have ended");
    }

    /// <summary>A thread's engine with the hooks it has read.</summary>
    private sealed class Seat(IScriptEngine engine, HookCall call)
    {
        private const int Idle = 0, Busy = 1, Closed = 2;

        private readonly Dictionary<Hook, IScript> _scripts = [];
        private RequestContext? _runs;
        private int _state;

        public RequestContext? Runs => Volatile.Read(ref _runs);

        /// <returns>False when the engine was closed: it cannot run anything again.</returns>
        public bool TryRun(Hook hook, RequestContext context, out string? returned)
        {
            if (Interlocked.CompareExchange(ref _state, Busy, Idle) != Idle)
                throw new ScriptException("the hooks of this policy have ended");

            Volatile.Write(ref _runs, context);
            call.Begin(context, hook.Name);
            var stays = false;
            try
            {
                returned = Script(hook).Run(call);
            }
            finally
            {
                call.End();
                Volatile.Write(ref _runs, null);
                stays = Interlocked.CompareExchange(ref _state, Idle, Busy) == Busy;
                if (!stays)
                    engine.Dispose();
            }

            return stays;
        }

        /// <summary>Releases the engine: at once when nothing runs, else when that comes back.</summary>
        public void Close()
        {
            if (Interlocked.Exchange(ref _state, Closed) == Idle)
                engine.Dispose();
        }

        private IScript Script(Hook hook) =>
            _scripts.TryGetValue(hook, out var script) ? script : _scripts[hook] = engine.Load(hook.Name, hook.Source);
    }
}
