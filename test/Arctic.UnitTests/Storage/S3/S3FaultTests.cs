using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.S3;
using Arctic.Testing.S3;
using static Arctic.UnitTests.Storage.S3.S3Fixture;

namespace Arctic.UnitTests.Storage.S3;

/// <summary>Requests that fail for the moment are made again, those that fail for good say why, and nobody reads a secret.</summary>
public sealed class S3FaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> MomentaryFaults()
    {
        var data = new TheoryData<string, string>();
        foreach (var operation in new[] { S3Operation.Head, S3Operation.Get, S3Operation.Put, S3Operation.Delete, S3Operation.List, S3Operation.BeginUpload, S3Operation.UploadPart, S3Operation.CompleteUpload })
        {
            foreach (var fault in new[] { S3Fault.SlowDown, S3Fault.DropBefore, S3Fault.DropAfter, S3Fault.ErrorAfter, S3Fault.TornBody, S3Fault.StallBefore, S3Fault.StallAfter })
            {
                data.Add(operation.ToString(), fault.ToString());
            }
        }

        data.Add(nameof(S3Operation.CompleteUpload), nameof(S3Fault.ErrorInBody));
        return data;
    }

    [Theory]
    [MemberData(nameof(MomentaryFaults))]
    public async Task A_request_that_fails_for_the_moment_is_made_again(string operation, string fault)
    {
        var faults = new ScriptedS3Faults();
        await using var s3 = await StartAsync(faults, o => o with { RequestTimeout = TimeSpan.FromMilliseconds(700), PartSize = new ByteSize(5 << 20) });
        var large = new byte[6 << 20];
        new Random(1).NextBytes(large);
        await s3.Store.PutAsync(At("gone"), Bytes("1"), Token);
        faults.Add(Enum.Parse<S3Operation>(operation), "", Enum.Parse<S3Fault>(fault));

        await s3.Store.PutAsync(At("x"), Bytes("small"), Token);
        await using (var writer = await s3.Store.CreateAsync(At("large"), Token))
        {
            await writer.Stream.WriteAsync(large, Token);
            await writer.CompleteAsync(Token);
        }

        await s3.Store.DeleteAsync(At("gone"), Token);
        Assert.Equal(5, (await s3.Store.FindAsync(At("x"), Token))!.Size);
        Assert.Equal("small", await s3.ReadAsync("x"));
        Assert.Equal(large, await s3.ReadBytesAsync("large"));
        Assert.Equal([At("large"), At("x")], await s3.Store.ListAsync(Root, Token).Select(o => o.Location).Order().ToListAsync(Token));
        Assert.Equal(0, faults.Pending);
    }

    [Fact]
    public async Task A_read_that_breaks_off_goes_on_where_it_stopped()
    {
        var faults = new ScriptedS3Faults();
        await using var s3 = await StartAsync(faults);
        var content = new byte[1_000_000];
        new Random(2).NextBytes(content);
        await s3.Store.PutAsync(At("x"), content, Token);
        await using var reader = await s3.Store.OpenReadAsync(At("x"), Token);
        faults.Add(S3Operation.Get, "x", S3Fault.TornBody);
        faults.Add(S3Operation.Get, "x", S3Fault.TornBody);
        var found = new byte[800_000];

        await reader.ReadAsync(150_000, found, Token);

        Assert.True(content.AsSpan(150_000, 800_000).SequenceEqual(found));
        Assert.Equal(0, faults.Pending);
    }

    [Fact]
    public async Task A_small_object_is_opened_and_read_with_one_request()
    {
        await using var s3 = await StartAsync();
        await s3.Store.PutAsync(At("hint"), Bytes("17"), Token);
        await s3.Store.PutAsync(At("empty"), default, Token);
        s3.Server.ForgetRequests();

        Assert.Equal("17", await s3.ReadAsync("hint"));
        Assert.Equal(["Get w/hint"], s3.Server.Requests);
        Assert.Equal("", await s3.ReadAsync("empty"));
    }

    [Fact]
    public async Task A_part_that_cannot_be_written_fails_the_writer_and_leaves_no_upload()
    {
        var faults = new ScriptedS3Faults();
        await using var s3 = await StartAsync(faults, o => o with { RetriesMax = 0, PartSize = new ByteSize(5 << 20) });
        faults.Add(S3Operation.UploadPart, "x", S3Fault.SlowDown);

        var error = await FailsAsync(ErrorCodes.StorageFailed, async () =>
        {
            await using var writer = await s3.Store.CreateAsync(At("x"), Token);
            await writer.Stream.WriteAsync(new byte[11 << 20], Token);
            await writer.CompleteAsync(Token);
        });

        Assert.Contains("503 SlowDown", error.Message);
        Assert.Null(await s3.Store.FindAsync(At("x"), Token));
        Assert.Equal(0, s3.Server.Store.UploadsUnderWay);
    }

    [Fact]
    public async Task No_more_parts_are_on_their_way_than_asked_for()
    {
        var gate = new Gate();
        await using var s3 = await StartAsync(gate, o => o with { PartsInFlightMax = 2, PartSize = new ByteSize(5 << 20) });
        await using var writer = await s3.Store.CreateAsync(At("x"), Token);

        var write = writer.Stream.WriteAsync(new byte[22 << 20], Token).AsTask();
        await gate.TwoCame.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(write.IsCompleted);
        gate.Open.Set();
        await write;
        await writer.CompleteAsync(Token);

        Assert.Equal(2, gate.Most);
        Assert.Equal(22 << 20, (await s3.Store.FindAsync(At("x"), Token))!.Size);
    }

    [Fact]
    public async Task A_synchronous_write_waits_for_no_part_and_a_cancelled_flush_leaves_no_upload()
    {
        var stalled = new StalledParts();
        await using var s3 = await StartAsync(stalled, o => o with { PartsInFlightMax = 1, PartSize = new ByteSize(5 << 20), RequestTimeout = TimeSpan.FromHours(1) });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using (var writer = await s3.Store.CreateAsync(At("x"), Token))
        {
            writer.Stream.Write(new byte[22 << 20]);
            var flush = writer.Stream.FlushAsync(cancel.Token);
            await stalled.Came.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
            Assert.False(flush.IsCompleted);

            await cancel.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
            Assert.Equal(1, s3.Server.Store.UploadsUnderWay);
        }

        Assert.Equal(0, s3.Server.Store.UploadsUnderWay);
        Assert.Null(await s3.Store.FindAsync(At("x"), Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5 << 20)]
    [InlineData(16 << 20)]
    public async Task Bytes_written_synchronously_make_the_same_object(int size)
    {
        await using var s3 = await StartAsync(with: o => o with { PartsInFlightMax = 1, PartSize = new ByteSize(5 << 20) });
        var content = new byte[size];
        new Random(size).NextBytes(content);
        await using (var writer = await s3.Store.CreateAsync(At("x"), Token))
        {
            writer.Stream.Write(content.AsSpan(0, size / 2));
            await writer.Stream.WriteAsync(content.AsMemory(size / 2, size / 4), Token);
            writer.Stream.Write(content.AsSpan((size / 2) + (size / 4)));
            await writer.CompleteAsync(Token);
        }

        Assert.Equal(content, await s3.ReadBytesAsync("x"));
        Assert.Equal(0, s3.Server.Store.UploadsUnderWay);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_and_no_message_repeats_a_secret()
    {
        await using var s3 = await StartAsync(with: o => o with { AccessKeyId = "AKIDWRONG", SecretAccessKey = "not/the+secret" });

        foreach (var call in new Func<Task>[]
        {
            () => s3.Store.PutAsync(At("x"), Bytes("1"), Token).AsTask(),
            () => s3.Store.OpenReadAsync(At("x"), Token).AsTask(),
            () => s3.Store.CreateIfAbsentAsync(At("x"), Bytes("1"), Token).AsTask(),
            () => s3.Store.ListAsync(Root, Token).ToListAsync(Token).AsTask(),
        })
        {
            var error = await FailsAsync(ErrorCodes.AccessDenied, call);
            Assert.Contains("403 InvalidAccessKeyId", error.Message);
            Assert.Contains("access key", error.Hint);
            foreach (var secret in new[] { "AKIDWRONG", "not/the+secret" })
            {
                Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal);
            }

            Assert.Matches("Signature=\\*\\*\\*|write|open|list|create", error.Message);
            Assert.DoesNotMatch("Signature=[0-9a-f]{8}", error.ToString());
        }
    }

    [Fact]
    public async Task A_missing_bucket_is_named()
    {
        await using var s3 = await StartAsync();

        var write = await FailsAsync(ErrorCodes.StorageRefused, () => s3.Store.PutAsync("s3://nowhere/x", Bytes("1"), Token).AsTask());
        var read = await FailsAsync(ErrorCodes.ObjectNotFound, () => s3.Store.OpenReadAsync("s3://nowhere/x", Token).AsTask());

        Assert.Equal("Cannot write 's3://nowhere/x': the bucket does not exist.", write.Message);
        Assert.Equal("Cannot open 's3://nowhere/x': the bucket does not exist.", read.Message);
    }

    [Fact]
    public async Task A_store_that_is_not_there_fails_for_the_moment()
    {
        await using var s3 = await StartAsync(with: o => o with { Endpoint = "http://127.0.0.1:9", RetriesMax = 1 });

        var error = await FailsAsync(ErrorCodes.StorageFailed, () => s3.Store.FindAsync(At("x"), Token).AsTask());

        Assert.Contains("Cannot look at 's3://lake/w/x'", error.Message);
        Assert.Contains("s3.endpoint", error.Hint);
    }

    [Fact]
    public async Task Temporary_keys_bring_their_token()
    {
        await using var s3 = await StartAsync(with: o => o with { SessionToken = "the/token" });
        s3.Server.SessionToken = "the/token";
        await s3.Store.PutAsync(At("x"), Bytes("1"), Token);
        s3.Server.SessionToken = "a newer one";

        var error = await FailsAsync(ErrorCodes.AccessDenied, () => s3.Store.PutAsync(At("x"), Bytes("1"), Token).AsTask());

        Assert.Contains("ExpiredToken", error.Message);
        Assert.DoesNotContain("the/token", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3:///key")]
    [InlineData("file:///tmp/x")]
    public async Task A_location_that_is_not_in_a_bucket_is_refused(string location)
    {
        await using var s3 = await StartAsync();

        await FailsAsync(ErrorCodes.StorageRefused, () => s3.Store.FindAsync(location, Token).AsTask());
    }

    [Fact]
    public async Task Every_scheme_and_spelling_is_one_object()
    {
        await using var s3 = await StartAsync();

        await s3.Store.PutAsync("s3a://lake/w/x", Bytes("1"), Token);

        Assert.Equal(new ObjectInfo("s3://lake/w/x", 1, default) with { LastModified = (await s3.Store.FindAsync("s3n://lake/w/x", Token))!.LastModified }, await s3.Store.FindAsync("S3://lake/w/x", Token));
    }

    /// <summary>Holds parts until it is opened, and counts how many are there at a time.</summary>
    private sealed class Gate : IS3Faults
    {
        private int _now;

        public TaskCompletionSource TwoCame { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Open { get; } = new();

        public int Most { get; private set; }

        public S3Fault Next(S3Operation operation, string key)
        {
            if (operation != S3Operation.UploadPart || Open.IsSet)
            {
                return S3Fault.None;
            }

            Most = Math.Max(Most, Interlocked.Increment(ref _now));
            if (Most == 2)
            {
                TwoCame.TrySetResult();
            }

            Open.Wait(TimeSpan.FromSeconds(30));
            return S3Fault.None;
        }
    }
}
