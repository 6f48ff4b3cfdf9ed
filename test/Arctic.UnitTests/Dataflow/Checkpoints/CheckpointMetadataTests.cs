using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Checkpoints.Protocol;

namespace Arctic.UnitTests.Dataflow.Checkpoints;

public sealed class CheckpointMetadataTests
{
    private static readonly CheckpointMetadata Sample = new()
    {
        Job = "a job",
        Checkpoint = 42,
        Incarnation = 3,
        PassedOver = [new PassedOver(40, 41)],
        Created = new DateTimeOffset(2026, 11, 27, 1, 2, 3, TimeSpan.Zero),
        Plan = "0: source\n1: sink",
        IsFinal = true,
        Sources = [new SourceEntry { Vertex = 0, Parallelism = 2, IsFinished = false, Enumerator = new byte[] { 1, 2 }, Splits = [new SplitEntry(1, "s", new byte[] { 1, 255 })] }],
        StateFiles = [new StateFileEntry(1, 0, "state/3-7/v1-s0", 12, "00000000000000ff")],
        Sinks = [new SinkEntry("job/sink", [new byte[] { 1, 9 }, new byte[] { 1 }])],
    };

    [Fact]
    public void What_is_written_is_read_back()
    {
        var read = CheckpointMetadata.Parse(Sample.ToBytes(), "x");

        Assert.Equal(Encoding.UTF8.GetString(Sample.ToBytes()), Encoding.UTF8.GetString(read.ToBytes()));
        Assert.Equal(new byte[] { 1, 255 }, read.Sources[0].Splits[0].State.ToArray());
        Assert.Equal(new byte[] { 1, 9 }, read.Sinks[0].Committables[0].ToArray());
        Assert.StartsWith("arctic-checkpoint 1 ", Encoding.UTF8.GetString(Sample.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_flipped_or_missing_byte_is_noticed()
    {
        var bytes = Sample.ToBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var flipped = bytes.ToArray();
            flipped[i] ^= 0x10;
            var error = Assert.Throws<ArcticException>(() => CheckpointMetadata.Parse(flipped, "x"));
            Assert.True(error.Code == ErrorCodes.CheckpointDamaged || error.Code == ErrorCodes.FormatUnsupported, $"Byte {i}: {error.Message}");
            Assert.Equal(ErrorCodes.CheckpointDamaged, Assert.Throws<ArcticException>(() => CheckpointMetadata.Parse(bytes.AsMemory(0, i), "x")).Code);
        }
    }

    [Fact]
    public void A_version_from_the_future_is_not_taken_for_damage()
    {
        var error = Assert.Throws<ArcticException>(() => CheckpointMetadata.Parse(Encoding.ASCII.GetBytes("arctic-checkpoint 2 0000000000000000\n{}"), "file:///c"));

        Assert.Equal(ErrorCodes.FormatUnsupported, error.Code);
        Assert.Equal("Checkpoint 'file:///c' has version 2; this release reads version 1.", error.Message);
    }

    [Theory]
    [InlineData("orders", "memory:///c/jobs/orders")]
    [InlineData("/home/me/job.sql#1", "memory:///c/jobs/%2Fhome%2Fme%2Fjob.sql%231")]
    [InlineData("..", "memory:///c/jobs/%2E.")]
    [InlineData("größe", "memory:///c/jobs/gr%C3%B6%C3%9Fe")]
    public void Job_names_become_one_folder(string name, string folder) => Assert.Equal(folder, new JobPaths("memory:///c", name).Folder);

    [Fact]
    public void Long_job_names_stay_apart()
    {
        var (a, b) = (new JobPaths("c", new string('x', 500) + "a").Folder, new JobPaths("c", new string('x', 500) + "b").Folder);

        Assert.NotEqual(a, b);
        Assert.Equal("c/jobs/".Length + 180, a.Length);
    }
}
