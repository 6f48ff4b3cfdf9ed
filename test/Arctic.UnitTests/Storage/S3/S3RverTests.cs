using System.Diagnostics;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.S3;
using Arctic.UnitTests.Conformance;

namespace Arctic.UnitTests.Storage.S3;

/// <summary>The store over somebody else's server, s3rver: all but conditional writes, which it does not look at.</summary>
public sealed class S3RverTests : ObjectStoreConformance, IClassFixture<S3Rver>, IDisposable
{
    private readonly S3ObjectStore _store;

    public S3RverTests(S3Rver server)
    {
        server.Require();
        _store = new S3ObjectStore(server.Options, TimeProvider.System, new Random(1));
    }

    protected override IObjectStore Store => _store;

    protected override string Root { get; } = $"s3://{S3Rver.Bucket}/{Guid.NewGuid():N}";

    protected override string? CreateIfAbsentRestsOn => null;

    public void Dispose() => _store.Dispose();

    [Fact(Skip = "s3rver 3.7.1 dies when a folder is written to while another request removes it.")]
    public override Task Many_writers_and_deleters_of_one_folder_do_not_disturb_each_other() => base.Many_writers_and_deleters_of_one_folder_do_not_disturb_each_other();
}

/// <summary>The server as a process, when Node.js and the package are there.</summary>
public sealed class S3Rver : IAsyncLifetime
{
    public const string Bucket = "lake";

    private readonly TemporaryFolder _folder = new();
    private Process? _process;
    private string? _endpoint;
    private Task _drained = Task.CompletedTask;

    internal S3Options Options => new() { Endpoint = _endpoint, AccessKeyId = "S3RVER", SecretAccessKey = "S3RVER", PathStyleAccess = true };

    /// <summary>Skips the test without the server, or fails it where <c>ARCTIC_JUDGES</c> is <c>required</c>.</summary>
    public void Require()
    {
        const string reason = "s3rver is not installed: run 'npm install' in test/judge";
        Assert.False(_endpoint is null && Environment.GetEnvironmentVariable("ARCTIC_JUDGES") == "required", reason);
        Assert.SkipWhen(_endpoint is null, reason);
    }

    public async ValueTask InitializeAsync()
    {
        var modules = Environment.GetEnvironmentVariable("JUDGE_NODE_MODULES") ?? Path.Combine(Root(), "test", "judge", "node_modules");
        var script = Path.Combine(modules, "s3rver", "bin", "s3rver.js");
        if (!File.Exists(script))
        {
            return;
        }

        try
        {
            _process = Process.Start(new ProcessStartInfo("node", [script, "-d", _folder.Path, "-a", "127.0.0.1", "-p", "0", "--no-vhost-buckets", "--configure-bucket", Bucket])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No Node.js: as without the package.
            return;
        }

        // "S3rver listening on 127.0.0.1:43211"
        while (await _process!.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("listening on ", StringComparison.Ordinal))
            {
                _endpoint = "http://" + line[(line.LastIndexOf(' ') + 1)..].Trim();
                break;
            }
        }

        // It logs every request, and would stop at a full pipe.
        _drained = Task.WhenAll(_process.StandardOutput.BaseStream.CopyToAsync(Stream.Null), _process.StandardError.BaseStream.CopyToAsync(Stream.Null));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            await _drained;
            _process.Dispose();
        }

        _folder.Dispose();
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run below the repository's root.");
        }

        return folder;
    }
}
