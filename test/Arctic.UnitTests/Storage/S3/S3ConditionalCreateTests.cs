using Arctic.Columnar.Errors;
using Arctic.Testing.S3;
using static Arctic.UnitTests.Storage.S3.S3Fixture;

namespace Arctic.UnitTests.Storage.S3;

/// <summary>The promise that commits rest on, when answers are lost, conflicts answered and conditions ignored.</summary>
public sealed class S3ConditionalCreateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(nameof(S3Fault.SlowDown))]
    [InlineData(nameof(S3Fault.Conflict))]
    [InlineData(nameof(S3Fault.DropBefore))]
    [InlineData(nameof(S3Fault.DropAfter))]
    [InlineData(nameof(S3Fault.ErrorAfter))]
    [InlineData(nameof(S3Fault.StallBefore))]
    [InlineData(nameof(S3Fault.StallAfter))]
    public async Task A_create_whose_answer_fails_is_ours_whether_it_took_effect_or_not(string fault)
    {
        var faults = new ScriptedS3Faults();
        await using var s3 = await StartAsync(faults, o => o with { RequestTimeout = TimeSpan.FromMilliseconds(500) });
        faults.Add(S3Operation.PutIfAbsent, "w/v1", Enum.Parse<S3Fault>(fault));

        Assert.True(await s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("ours"), Token));

        Assert.Equal(0, faults.Pending);
        Assert.Equal("ours", await s3.ReadAsync("v1"));
        Assert.False(await s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("ours"), Token));
    }

    [Theory]
    [InlineData(nameof(S3Fault.DropBefore))]
    [InlineData(nameof(S3Fault.Conflict))]
    public async Task A_race_that_was_lost_while_an_answer_was_missing_is_lost_even_to_equal_content(string fault)
    {
        var faults = new Overtaken(Enum.Parse<S3Fault>(fault));
        await using var s3 = await StartAsync(faults);
        faults.Act = () => s3.Server.Store.Put(FakeS3Server.Bucket, "w/v1", new FakeS3Object(Bytes("same"), new Dictionary<string, string> { ["x-amz-meta-arctic-create"] = "another" }), ifAbsent: true);

        Assert.False(await s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("same"), Token));
    }

    [Fact]
    public async Task Where_marks_are_not_kept_the_content_tells()
    {
        var faults = new ScriptedS3Faults();
        await using var s3 = await StartAsync(faults);
        s3.Server.KeepsMetadata = false;
        faults.Add(S3Operation.PutIfAbsent, "w/v1", S3Fault.DropAfter);
        faults.Add(S3Operation.PutIfAbsent, "w/v2", S3Fault.DropBefore);
        await s3.Store.PutAsync(At("v2"), Bytes("theirs"), Token);

        Assert.True(await s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("ours"), Token));
        Assert.False(await s3.Store.CreateIfAbsentAsync(At("v2"), Bytes("ours"), Token));

        Assert.Equal(0, faults.Pending);
        Assert.Equal("theirs", await s3.ReadAsync("v2"));
    }

    [Fact]
    public async Task A_store_that_stays_broken_leaves_the_outcome_open_and_says_so()
    {
        var faults = new ScriptedS3Faults();
        await using var s3 = await StartAsync(faults, o => o with { RetriesMax = 2 });
        faults.Add(S3Operation.PutIfAbsent, "w/v1", S3Fault.ErrorAfter);
        faults.Add(S3Operation.PutIfAbsent, "w/v1", S3Fault.SlowDown);
        faults.Add(S3Operation.PutIfAbsent, "w/v1", S3Fault.SlowDown);

        var error = await FailsAsync(ErrorCodes.StorageFailed, () => s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("1"), Token).AsTask());

        Assert.Contains("Cannot create 's3://lake/w/v1': the store answered 503 SlowDown", error.Message);
        Assert.Equal(0, faults.Pending);
        Assert.Equal("1", await s3.ReadAsync("v1"));
    }

    [Theory]
    [InlineData(nameof(S3Operation.PutIfAbsent))]
    [InlineData(nameof(S3Operation.Head))]
    public async Task A_refusal_after_a_lost_answer_leaves_the_outcome_open(string refused)
    {
        var faults = new ScriptedS3Faults();
        await using var s3 = await StartAsync(faults);
        faults.Add(S3Operation.PutIfAbsent, "w/v1", S3Fault.DropAfter);
        faults.Add(Enum.Parse<S3Operation>(refused), "w/v1", S3Fault.Denied);

        var error = await FailsAsync(ErrorCodes.StorageFailed, () => s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("1"), Token).AsTask());

        Assert.Contains("Cannot tell whether 's3://lake/w/v1' was created", error.Message);
        Assert.Equal(0, faults.Pending);
        Assert.Equal("1", await s3.ReadAsync("v1"));
    }

    [Fact]
    public async Task A_refusal_of_the_only_request_is_no_open_outcome()
    {
        var faults = new ScriptedS3Faults();
        await using var s3 = await StartAsync(faults);
        faults.Add(S3Operation.PutIfAbsent, "w/v1", S3Fault.Denied);

        await FailsAsync(ErrorCodes.AccessDenied, () => s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("1"), Token).AsTask());
    }

    [Fact]
    public async Task A_store_that_ignores_conditions_is_refused_before_anything_is_written()
    {
        await using var s3 = await StartAsync();
        s3.Server.HonoursConditions = false;
        await s3.Store.PutAsync(At("v1"), Bytes("theirs"), Token);

        var error = await FailsAsync(ErrorCodes.StorageRefused, () => s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("ours"), Token).AsTask());

        Assert.Contains("ignores 'If-None-Match'", error.Message);
        Assert.Equal("theirs", await s3.ReadAsync("v1"));
        Assert.Single(s3.Server.Store.List(FakeS3Server.Bucket, "", ""));
    }

    [Fact]
    public async Task The_proof_is_asked_for_once_a_bucket()
    {
        await using var s3 = await StartAsync();
        s3.Server.Store.CreateBucket("other");
        await s3.Store.CreateIfAbsentAsync(At("v1"), Bytes("1"), Token);
        s3.Server.ForgetRequests();

        await s3.Store.CreateIfAbsentAsync(At("v2"), Bytes("1"), Token);
        await s3.Store.CreateIfAbsentAsync("s3://other/v1", Bytes("1"), Token);

        Assert.Equal("PutIfAbsent w/v2", s3.Server.Requests[0]);
        Assert.Equal(3, s3.Server.Requests.Count(r => r.StartsWith("PutIfAbsent", StringComparison.Ordinal) && r != "PutIfAbsent w/v2"));
        Assert.Equal("PutIfAbsent v1", s3.Server.Requests[^1]);
    }

    /// <summary>Breaks the first create of <c>w/v1</c>, and lets another writer go first.</summary>
    private sealed class Overtaken(S3Fault fault) : IS3Faults
    {
        private int _isDone;

        public Action Act { get; set; } = () => { };

        public S3Fault Next(S3Operation operation, string key)
        {
            if (operation != S3Operation.PutIfAbsent || key != "w/v1" || Interlocked.Exchange(ref _isDone, 1) == 1)
            {
                return S3Fault.None;
            }

            Act();
            return fault;
        }
    }
}
