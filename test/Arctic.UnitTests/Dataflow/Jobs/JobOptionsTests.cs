using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Dataflow.Jobs;

namespace Arctic.UnitTests.Dataflow.Jobs;

public sealed class JobOptionsTests
{
    [Fact]
    public void Keys_are_read_with_their_aliases()
    {
        var options = OptionReader.Read<JobOptions>(
            new Dictionary<string, string>
            {
                ["parallelism.default"] = "3",
                ["execution.checkpointing.interval"] = "500 ms",
                ["state.checkpoints.dir"] = "/c",
                ["restart-strategy"] = "none",
                ["taskmanager.numberOfTaskSlots"] = "4",
            },
            "the session").Check();

        Assert.Equal((3, TimeSpan.FromMilliseconds(500), "/c", RestartStrategy.None, 4), (options.DefaultParallelism, options.CheckpointInterval, options.CheckpointDir, options.RestartStrategy, options.TaskSlots));
        Assert.Equal(TimeSpan.FromSeconds(10), new JobOptions().CheckpointInterval);
    }

    [Fact]
    public void Values_out_of_their_range_are_refused_by_key()
    {
        var error = Assert.Throws<ArcticException>(() => new JobOptions { CheckpointsRetained = 1 }.Check());

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Equal("Option 'execution.checkpointing.num-retained' is 1, but must be at least 2, so that a damaged checkpoint has a predecessor.", error.Message);
        Assert.Throws<ArcticException>(() => new JobOptions { DefaultParallelism = 129 }.Check());
        Assert.Throws<ArcticException>(() => new JobOptions { ExchangeQueueBatchesMax = 0 }.Check());
    }
}
