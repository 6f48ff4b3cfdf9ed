using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.S3;
using Arctic.Testing.S3;

namespace Arctic.UnitTests.Storage.S3;

/// <summary>A server that breaks what a test wants, and a store over it.</summary>
internal sealed class S3Fixture : IAsyncDisposable
{
    public const string Root = $"s3://{FakeS3Server.Bucket}/w";

    private S3Fixture(FakeS3Server server, S3Options options)
    {
        Server = server;
        Store = new S3ObjectStore(options, TimeProvider.System, new Random(1));
    }

    public FakeS3Server Server { get; }

    public S3ObjectStore Store { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<S3Fixture> StartAsync(IS3Faults? faults = null, Func<S3Options, S3Options>? with = null)
    {
        var server = await FakeS3Server.StartAsync(faults);
        return new S3Fixture(server, with is null ? server.Options : with(server.Options));
    }

    public static string At(string name) => $"{Root}/{name}";

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public async Task<string> ReadAsync(string name) => Encoding.UTF8.GetString(await ReadBytesAsync(name));

    public async Task<byte[]> ReadBytesAsync(string name)
    {
        await using var reader = await Store.OpenReadAsync(At(name), Token);
        var content = new byte[reader.Size];
        await reader.ReadAsync(0, content, Token);
        return content;
    }

    public static async Task<ArcticException> FailsAsync(ErrorCode code, Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<ArcticException>(act);
        Assert.Equal(code, error.Code);
        return error;
    }

    public async ValueTask DisposeAsync()
    {
        Store.Dispose();
        await Server.DisposeAsync();
    }
}
