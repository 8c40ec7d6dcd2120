using UserManager.Contract;
using UserManager.Management;
using UserManager.Storage;

namespace UserManager.Server;

/// <summary>Looks after the certificates: when the server starts and every day, on one node for all; files whenever something changes.</summary>
internal sealed class CertificateWork : IDisposable
{
    private const string Lease = "certificates";

    private static readonly TimeSpan Every = TimeSpan.FromDays(1);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(5);

    private readonly CertificateUpkeep _upkeep;
    private readonly LeaseStore _leases;
    private readonly string _owner = Guid.NewGuid().ToString("N");
    private readonly ILogger _log;
    private readonly CancellationToken _stopping;
    private readonly Reloader _files;
    private readonly ITimer _timer;

    public CertificateWork(CertificateUpkeep upkeep, Stores stores, TimeProvider clock, ILogger log, CancellationToken stopping)
    {
        (_upkeep, _leases, _log, _stopping) = (upkeep, stores.Leases, log, stopping);
        _files = new Reloader(WriteFilesAsync, clock, log);
        stores.Certificates.Changed += set => _ = _files.RunAsync();
        _timer = clock.CreateTimer(_ => _ = RunAsync(), null, Every, Every);
    }

    /// <summary>Does what is due, unless another node is at it.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (await _leases.TryTakeAsync(Lease, _owner, LeaseTime, _stopping))
            {
                await _upkeep.RunAsync(_stopping);
                await _leases.ReleaseAsync(Lease, _owner, _stopping);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception fault)
        {
            _log.CertificatesNeglected(fault);
        }

        await _files.RunAsync();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _files.Dispose();
    }

    // What cannot be written now is tried again at the next change, and tomorrow.
    private async Task WriteFilesAsync()
    {
        try
        {
            await _upkeep.WriteFilesAsync(_stopping);
        }
        catch (MenuException problem)
        {
            _log.FilesNotWritten(problem.Message);
        }
    }
}
