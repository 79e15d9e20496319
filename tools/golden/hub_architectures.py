"""Small models of every architecture of keras-hub, with random weights and without a download.

`ARCHITECTURES` has a function for each name that returns the model as keras-hub makes it, and `flat` turns such
a model into a Functional one whose file says its whole graph.
"""

import keras
import numpy as np
from keras.src.models import Functional
from keras_hub import layers, models
from weights import randomise

WORDS = 40
SEQUENCE = 12
IMAGE = 32
SOUNDS = 2000

# What most text models are told, in the words of most of them.
TEXT = {"vocabulary_size": WORDS, "num_layers": 2, "hidden_dim": 16, "intermediate_dim": 24}
HEADS = {"num_heads": 2}
LENGTH = {"max_sequence_length": SEQUENCE}
GROUPED = {"num_query_heads": 4, "num_key_value_heads": 2}


def flat(model):
    """The same layers in one graph: without the classes of keras-hub's models, whose graph is Python code, and
    with the layers of the models in it in the place of those."""

    def call(layer, *arguments, **options):
        if not isinstance(layer, Functional):
            return layer(*arguments, **options)
        for inner in layer.layers:
            inner.name = f"{layer.name}_{inner.name}"
        return layer.call(*arguments)

    return keras.models.clone_model(
        keras.Model(model.input, model.output),
        clone_function=lambda layer: layer,
        call_function=call,
    )


def inputs_for(model, random, rows):
    """Arrays for the model's inputs, by their names: masks that keep the beginnings of sequences, numbers of
    words, images and other numbers."""
    arrays = {}
    for tensor in model.inputs:
        free = SOUNDS if "encoder_input_values" in tensor.name else SEQUENCE
        shape = (rows, *(free if size is None else size for size in tensor.shape[1:]))
        if "mask" in tensor.name and len(shape) == 2:
            kept = np.arange(shape[1]) < random.integers(shape[1] // 2, shape[1] + 1, (rows, 1))
            arrays[tensor.name] = kept.astype(tensor.dtype)
        elif tensor.dtype.startswith("int"):
            high = 2 if "segment" in tensor.name else shape[1] if "position" in tensor.name else WORDS
            arrays[tensor.name] = random.integers(0, high, shape, dtype=tensor.dtype)
        else:
            arrays[tensor.name] = random.normal(0, 1, shape).astype("float32")
    return arrays


def text(backbone, **options):
    return lambda: backbone(**TEXT | options)


def bert(backbone, **options):
    return text(backbone, **HEADS, **LENGTH, **options)


def llama(backbone, **options):
    """With the attribute that its layers' `get_config` reads, as up to keras-hub 0.20: later ones forgot it and
    cannot save them."""

    def make():
        model = text(backbone, **GROUPED, **options)()
        for layer in model.transformer_layers:
            layer.rope_scaling_factor = layer.rope_position_scaling_factor
        return model

    return make


def electra():
    return models.ElectraBackbone(
        vocab_size=WORDS, num_layers=2, hidden_dim=16, embedding_dim=12, intermediate_dim=24,
        **HEADS, **LENGTH)


def edrec():
    from keras_hub.src.models.edrec.edrec_backbone import EdRecBackbone

    return EdRecBackbone(
        vocab_size=WORDS, num_layers_enc=2, num_layers_dec=2, hidden_dim=16, intermediate_dim=24,
        num_heads=2)


def smollm():
    return models.SmolLM3Backbone(
        vocabulary_size=WORDS, hidden_dim=16, intermediate_dim=24, num_layers=2,
        num_attention_heads=4, num_key_value_heads=2, attention_bias=False, attention_dropout=0.0,
        rope_layer_enabled_list=[True, False], layer_types=["full_attention"] * 2, mlp_bias=False,
        layer_norm_epsilon=1e-5, max_position_embeddings=32, rope_theta=10000.0,
        partial_rotary_factor=1.0)


def rwkv():
    return models.RWKV7Backbone(
        hidden_size=16, head_size=4, num_layers=2, vocabulary_size=WORDS, intermediate_dim=24,
        gate_lora=4, mv_lora=4, aaa_lora=4, decay_lora=4)


def xlnet():
    return models.XLNetBackbone(
        vocabulary_size=WORDS, num_layers=2, num_heads=2, hidden_dim=16, intermediate_dim=24)


def falcon():
    return models.FalconBackbone(
        vocabulary_size=WORDS, num_layers=2, num_attention_heads=2, hidden_dim=16,
        intermediate_dim=24)


def moonshine():
    return models.MoonshineBackbone(
        vocabulary_size=WORDS, filter_dim=16, encoder_num_layers=2, decoder_num_layers=2,
        hidden_dim=16, intermediate_dim=24, encoder_num_heads=2, decoder_num_heads=2)


def gemma3n():
    return models.Gemma3nBackbone(
        text_vocab_size=WORDS, text_hidden_size=16, num_hidden_layers=2, pad_token_id=0,
        num_attention_heads=4, num_key_value_heads=2, head_dim=8, intermediate_size=[24, 24],
        hidden_activation="gelu_approximate", layer_types=["sliding_attention", "full_attention"],
        sliding_window=4, rope_theta=10000.0, max_position_embeddings=32,
        vocab_size_per_layer_input=WORDS, hidden_size_per_layer_input=4, altup_num_inputs=2,
        laurel_rank=1)


def t5gemma(backbone):
    sides = {
        f"{side}_{key}": value
        for side in ("encoder", "decoder")
        for key, value in {
            "hidden_dim": 16, "intermediate_dim": 24, "num_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 4,
            "layer_types": ["sliding_attention", "full_attention"]}.items()
    }
    return lambda: backbone(
        vocabulary_size=WORDS, sliding_window=4, cross_attention_hidden_size=16, **sides)


def experts(backbone, **options):
    return lambda: backbone(
        **TEXT, **GROUPED, moe_intermediate_dim=8, num_experts=4, top_k=2, **options)


def resnet(block, filters=(64, 8, 8), vd=False, pre=False, size=IMAGE):
    stem = ([4, 4, 64], [3, 3, 3]) if vd else ([64], [7])
    return lambda: models.ResNetBackbone(
        input_conv_filters=stem[0], input_conv_kernel_sizes=stem[1],
        stackwise_num_filters=list(filters), stackwise_num_blocks=[1] * len(filters),
        stackwise_num_strides=[1] + [2] * (len(filters) - 1), block_type=block,
        use_pre_activation=pre, image_shape=(size, size, 3))


def cspnet(block, stage, **options):
    return lambda: models.CSPNetBackbone(
        stem_filters=8, stem_kernel_size=3, stem_strides=1, stackwise_depth=[1, 2],
        stackwise_strides=[1, 2], stackwise_num_filters=[8, 16], block_type=block,
        stage_type=stage, stem_padding="same", image_shape=(IMAGE, IMAGE, 3), **options)


def efficientnet():
    return models.EfficientNetBackbone(
        stackwise_width_coefficients=[1.0] * 4, stackwise_depth_coefficients=[1.0] * 4,
        stackwise_kernel_sizes=[3, 3, 5, 3], stackwise_num_repeats=[1, 2, 1, 1],
        stackwise_input_filters=[8, 8, 8, 16], stackwise_output_filters=[8, 8, 16, 16],
        stackwise_expansion_ratios=[1, 2, 2, 2],
        stackwise_squeeze_and_excite_ratios=[0.0, 0.0, 0.25, 0.25], stackwise_strides=[1, 2, 2, 1],
        stackwise_block_types=["fused", "fused", "unfused", "unfused"],
        stackwise_force_input_filters=[0] * 4, stackwise_nores_option=[False] * 4,
        input_shape=(IMAGE, IMAGE, 3), num_features=24)


def mobilenet():
    return models.MobileNetBackbone(
        stackwise_expansion=[[8, 12], [16, 16]], stackwise_num_blocks=[2, 2],
        stackwise_num_filters=[[8, 8], [8, 8]], stackwise_kernel_size=[[3, 3], [5, 5]],
        stackwise_num_strides=[[2, 1], [1, 1]], stackwise_se_ratio=[[None, None], [0.25, 0.25]],
        stackwise_activation=[["relu", "relu"], ["hard_swish", "hard_swish"]],
        stackwise_padding=[[1, 1], [2, 2]], output_num_filters=24, depthwise_filters=8,
        depthwise_stride=2, depthwise_residual=False, last_layer_filter=32,
        squeeze_and_excite=0.5, image_shape=(IMAGE, IMAGE, 3))


def mobilenet_v5():
    return models.MobileNetV5Backbone(
        stackwise_block_types=[["er"], ["uir", "uir"], ["uir", "mqa"]],
        stackwise_num_blocks=[1, 2, 2], stackwise_num_filters=[[8], [16, 16], [16, 16]],
        stackwise_strides=[[2], [2, 1], [2, 1]],
        stackwise_act_layers=[["gelu"], ["gelu", "gelu"], ["gelu", "gelu"]],
        stackwise_exp_ratios=[[2.0], [2.0, 2.0], [2.0, 1.0]],
        stackwise_se_ratios=[[0.0], [0.0, 0.0], [0.0, 0.0]],
        stackwise_dw_kernel_sizes=[[0], [3, 5], [3, 0]],
        stackwise_dw_start_kernel_sizes=[[0], [3, 0], [3, 0]],
        stackwise_dw_end_kernel_sizes=[[0], [0, 0], [0, 0]],
        stackwise_exp_kernel_sizes=[[3], [0, 0], [0, 0]],
        stackwise_pw_kernel_sizes=[[1], [0, 0], [0, 0]],
        stackwise_num_heads=[[0], [0, 0], [0, 2]], stackwise_key_dims=[[0], [0, 0], [0, 8]],
        stackwise_value_dims=[[0], [0, 0], [0, 8]], stackwise_kv_strides=[[0], [0, 0], [0, 1]],
        stackwise_use_cpe=[[False], [False, False], [False, False]], stem_size=8,
        num_features=16, msfa_output_resolution=4, layer_scale_init_value=0.5,
        image_shape=(IMAGE, IMAGE, 3))


def densenet():
    return models.DenseNetBackbone(
        stackwise_num_repeats=[1, 2, 1], growth_rate=4, image_shape=(IMAGE, IMAGE, 3))


def vgg():
    return models.VGGBackbone(
        stackwise_num_repeats=[1, 2], stackwise_num_filters=[4, 6], image_shape=(IMAGE, IMAGE, 3))


def xception():
    return models.XceptionBackbone(
        stackwise_conv_filters=[[4, 6], [8, 8], [8, 12]], stackwise_pooling=[True, True, False],
        image_shape=(64, 64, 3))


def hgnet(light=True):
    return lambda: models.HGNetV2Backbone(
        depths=[1, 1], embedding_size=8, hidden_sizes=[8, 12], stem_channels=[3, 4, 4],
        hidden_act="relu", use_learnable_affine_block=light,
        stackwise_stage_filters=[(4, 4, 8, 1, 2, 3), (8, 4, 12, 2, 2, 3)],
        apply_downsample=[False, True], use_lightweight_conv_block=[False, light],
        image_shape=(IMAGE, IMAGE, 3))


def vit(**options):
    return lambda: models.ViTBackbone(
        image_shape=(IMAGE, IMAGE, 3), patch_size=8, num_layers=2, hidden_dim=16, mlp_dim=24,
        **HEADS, **options)


def deit():
    return models.DeiTBackbone(
        image_shape=(IMAGE, IMAGE, 3), patch_size=8, num_layers=2, hidden_dim=16,
        intermediate_dim=24, **HEADS)


def dino(backbone, **options):
    return lambda: backbone(
        patch_size=8, num_layers=2, hidden_dim=16, intermediate_dim=24,
        image_shape=(IMAGE, IMAGE, 3), **HEADS, **options)


def dinov2(**options):
    return dino(models.DINOV2Backbone, position_embedding_shape=(40, 40, 3), **options)


def depth_anything():
    return models.DepthAnythingBackbone(
        image_encoder=dino(
            models.DINOV2Backbone, position_embedding_shape=(IMAGE, IMAGE, 3),
            apply_layernorm=True)(),
        reassemble_factors=[2, 1], neck_hidden_dims=[8, 8], fusion_hidden_dim=8,
        head_hidden_dim=8, head_in_index=-1, feature_keys=["stage1", "stage2"])


def swin():
    return models.SwinTransformerBackbone(
        image_shape=(IMAGE, IMAGE, 3), embed_dim=8, depths=[2, 2], num_heads=[2, 2],
        window_size=4, patch_size=4)


def mit():
    return models.MiTBackbone(
        layerwise_depths=[1, 1], num_layers=2, layerwise_num_heads=[1, 2],
        layerwise_sr_ratios=[4, 1], max_drop_path_rate=0.1, layerwise_patch_sizes=[7, 3],
        layerwise_strides=[4, 2], hidden_dims=[8, 16], image_shape=(IMAGE, IMAGE, 3))


def segformer():
    return models.SegFormerBackbone(image_encoder=mit(), projection_filters=8)


def sam_image_encoder(**options):
    return lambda: models.ViTDetBackbone(
        hidden_size=16, num_layers=2, intermediate_dim=24, num_heads=2,
        global_attention_layer_indices=[1], image_shape=(IMAGE, IMAGE, 3), patch_size=4,
        num_output_channels=8, window_size=3, **options)


def sam():
    return models.SAMBackbone(
        image_encoder=sam_image_encoder()(),
        prompt_encoder=layers.SAMPromptEncoder(
            hidden_size=8, image_embedding_size=(8, 8), input_image_size=(IMAGE, IMAGE),
            mask_in_channels=4),
        mask_decoder=layers.SAMMaskDecoder(
            hidden_size=8, num_layers=1, intermediate_dim=16, num_heads=2, embedding_dim=8,
            iou_head_hidden_dim=8))


def sam_segmenter():
    """With points only: without boxes and masks there are none, not arrays without elements."""
    backbone = sam()
    images = backbone.image_encoder.input
    points = keras.Input((3, 2), name="points")
    labels = keras.Input((3,), dtype="int32", name="labels")
    prompts = backbone.prompt_encoder(points=points, labels=labels)
    masks = backbone.mask_decoder(backbone.image_encoder(images), **{
        key: prompts[key] for key in sorted(prompts)})
    return keras.Model([images, points, labels], masks)


def retinanet():
    return models.RetinaNetBackbone(
        image_encoder=resnet("basic_block", (64, 8, 8, 8), vd=True, size=64)(),
        min_level=3, max_level=5, use_p5=False, image_shape=(64, 64, 3))


def deeplab():
    return models.DeepLabV3Backbone(
        image_encoder=resnet("basic_block")(), spatial_pyramid_pooling_key="P4",
        upsampling_size=4, dilation_rates=[2, 3], low_level_feature_key="P2",
        projection_filters=4, image_shape=(IMAGE, IMAGE, 3))


def basnet():
    return models.BASNetBackbone(
        image_encoder=resnet("basic_block", (64, 128, 256, 512), size=None)(), num_classes=1,
        image_shape=(64, 64, 3), projection_filters=8)


def vision_tower(encoder):
    return lambda: encoder(
        patch_size=8, hidden_dim=16, num_layers=2, intermediate_dim=24,
        image_shape=(IMAGE, IMAGE, 3), **HEADS)


def text_tower(encoder):
    return lambda: encoder(embedding_dim=16, **TEXT, **HEADS, **LENGTH)


def two_towers(backbone, vision, words, **options):
    return lambda: backbone(
        vision_encoder=vision_tower(vision)(), text_encoder=text_tower(words)(), **options)


def whisper():
    return models.WhisperBackbone(
        num_mels=8, max_encoder_sequence_length=24, max_decoder_sequence_length=SEQUENCE,
        **TEXT, **HEADS)


def whisper_encoder():
    model = whisper()
    return keras.Model(
        model.input["encoder_features"], model.output["encoder_sequence_output"])


def vae(method="mode"):
    from keras_hub.src.models.vae.vae_backbone import VAEBackbone

    return VAEBackbone(
        encoder_num_filters=[32, 32], encoder_num_blocks=[1, 1], decoder_num_filters=[32, 32],
        decoder_num_blocks=[1, 1], sampler_method=method, sample_channels=8)


def vae_encoder():
    model = vae()
    return keras.Model(model.input, model.encoder.output)


def vae_decoder():
    latent = keras.Input((8, 8, 4), name="latent")
    return keras.Model(latent, vae().decoder(latent))


def mmdit():
    from keras_hub.src.models.stable_diffusion_3.mmdit import MMDiT

    return MMDiT(
        patch_size=2, hidden_dim=16, num_layers=2, num_heads=2, position_size=8,
        latent_shape=(8, 8, 4), context_shape=(6, 16), pooled_projection_shape=(12,))


def flux():
    from keras_hub.src.models.flux.flux_model import FluxBackbone

    return FluxBackbone(
        input_channels=8, hidden_size=16, mlp_ratio=2.0, num_heads=2, depth=1,
        depth_single_blocks=1, axes_dim=[2, 2, 4], theta=10000, use_bias=True,
        image_shape=(8, 8), text_shape=(6, 8), image_ids_shape=(8, 3), text_ids_shape=(6, 3),
        y_shape=(12,))


def pali_gemma():
    return models.PaliGemmaBackbone(
        vocabulary_size=WORDS, image_size=16, num_layers=2, num_query_heads=4,
        num_key_value_heads=1, hidden_dim=16, intermediate_dim=24, head_dim=8, vit_patch_size=8,
        vit_num_heads=2, vit_hidden_dim=8, vit_num_layers=1)


def parseq():
    return models.PARSeqBackbone(
        image_encoder=vit(use_class_token=False)(), vocabulary_size=WORDS, max_label_length=SEQUENCE,
        decoder_hidden_dim=16, num_decoder_layers=1, num_decoder_heads=2, decoder_mlp_dim=24)


def video_prism():
    return models.VideoPrismBackbone(
        num_frames=2, patch_size=8, hidden_dim=16, intermediate_dim=24, num_heads=2,
        num_spatial_layers=1, num_temporal_layers=1, num_auxiliary_layers=0,
        image_shape=(16, 16, 3))


def rqvae():
    from keras_hub.src.models.rqvae.rqvae_backbone import RQVAEBackbone

    return RQVAEBackbone(
        input_dim=12, encoder_layer_dims=[16, 8], output_dim=8, decoder_layer_dims=[8, 16],
        num_embeddings=6, num_quantizers=2)


def with_lora(make):
    def make_with_lora():
        model = make()
        model.enable_lora(2)
        return model

    return make_with_lora


def quantised(make):
    """With random weights, which are numbers of their own afterwards."""

    def make_quantised():
        model = make()
        randomise(model, np.random.default_rng(1))
        model.quantize("int8")
        return model

    return make_quantised


def task(model, backbone, **options):
    return lambda: model(backbone=backbone(), **options)


def image_classifier():
    return models.ResNetImageClassifier(
        backbone=resnet("bottleneck_block")(), num_classes=3)


def vit_classifier():
    return models.ViTImageClassifier(backbone=vit()(), num_classes=3)


def deberta():
    # TensorFlow's logarithms differ in their last bit between a scalar and an array, and so by a whole bucket
    # at the farthest distance of all.
    return models.DebertaV3Backbone(
        **TEXT, **HEADS, bucket_size=4, max_sequence_length=SEQUENCE + 8)


def retinanet_detector():
    return models.RetinaNetObjectDetector(
        backbone=retinanet(), num_classes=3, bounding_box_format="yxyx")


ARCHITECTURES = {
    "ALBERT": bert(models.AlbertBackbone, embedding_dim=12),
    "BART": bert(models.BartBackbone),
    "BASNet": basnet,
    "BERT": bert(models.BertBackbone),
    "BERT (int8)": quantised(bert(models.BertBackbone)),
    "BERT (LoRA)": with_lora(bert(models.BertBackbone)),
    "BERT masked LM": task(models.BertMaskedLM, bert(models.BertBackbone)),
    "BERT text classifier": task(
        models.BertTextClassifier, bert(models.BertBackbone), num_classes=3),
    "BLOOM": text(models.BloomBackbone, **HEADS),
    "CLIP": two_towers(
        models.CLIPBackbone, models.CLIPVisionEncoder, models.CLIPTextEncoder, projection_dim=8),
    "CLIP text encoder": text_tower(models.CLIPTextEncoder),
    "CLIP vision encoder": vision_tower(models.CLIPVisionEncoder),
    "CSPNet (CS3)": cspnet("edge_block", "cs3", expand_ratio=[2.0]),
    "CSPNet (CSP)": cspnet("dark_block", "csp", block_ratio=[0.5]),
    "CSPNet (DarkNet)": cspnet("bottleneck_block", "dark"),
    "DeBERTaV3": deberta,
    "DeBERTaV3 text classifier": task(models.DebertaV3TextClassifier, deberta, num_classes=3),
    "DeepLabV3": deeplab,
    "DeepLabV3 segmenter": task(models.DeepLabV3ImageSegmenter, deeplab, num_classes=3),
    "DeiT": deit,
    "DenseNet": densenet,
    "Depth Anything": depth_anything,
    "DINOV2": dinov2(num_register_tokens=2),
    "DINOV2 (SwiGLU)": dinov2(use_swiglu_ffn=True, apply_layernorm=True),
    "DINOV3": dino(models.DINOV3Backbone),
    "DistilBERT": bert(models.DistilBertBackbone),
    "EdRec": edrec,
    "EfficientNet": efficientnet,
    "ELECTRA": electra,
    "ESM": text(models.ESMBackbone, **HEADS),
    "Falcon": falcon,
    "Flux": flux,
    "F-Net": text(models.FNetBackbone, **LENGTH),
    "Gemma": text(models.GemmaBackbone, **GROUPED, head_dim=8),
    "Gemma (int8)": quantised(text(models.GemmaBackbone, **GROUPED, head_dim=8)),
    "Gemma (LoRA)": with_lora(text(models.GemmaBackbone, **GROUPED, head_dim=8)),
    "Gemma 2": text(
        models.GemmaBackbone, **GROUPED, head_dim=8, use_post_ffw_norm=True,
        use_post_attention_norm=True, attention_logit_soft_cap=50.0, final_logit_soft_cap=30.0,
        use_sliding_window_attention=True, sliding_window_size=4),
    "Gemma 3 (text)": text(
        models.Gemma3Backbone, **GROUPED, head_dim=8, image_size=16, use_post_ffw_norm=True,
        use_post_attention_norm=True, use_sliding_window_attention=True, sliding_window_size=4),
    "Gemma 3n (text)": gemma3n,
    "GPT-2": bert(models.GPT2Backbone),
    "GPT-2 causal LM": task(models.GPT2CausalLM, bert(models.GPT2Backbone)),
    "GPT-NeoX": bert(models.GPTNeoXBackbone, rotary_percentage=0.5),
    "GPT-OSS": text(models.GptOssBackbone, **GROUPED, num_experts=4, sliding_window=4),
    "HGNetV2": hgnet(),
    "HGNetV2 (large)": hgnet(light=False),
    "Llama": llama(models.LlamaBackbone),
    "Llama 3": llama(models.Llama3Backbone, rope_max_wavelength=500000),
    "Llama 3.1": llama(
        models.Llama3Backbone, rope_frequency_adjustment_factor=8.0,
        rope_low_freq_factor=1.0, rope_high_freq_factor=4.0, rope_pretraining_sequence_length=16),
    "MetaCLIP 2": two_towers(
        models.MetaCLIP2Backbone, models.MetaCLIP2VisionEncoder, models.MetaCLIP2TextEncoder,
        projection_dim=8),
    "Mistral": text(models.MistralBackbone, **GROUPED, sliding_window=4),
    "Mistral causal LM": task(
        models.MistralCausalLM, text(models.MistralBackbone, **GROUPED, sliding_window=4)),
    "MiT": mit,
    "Mixtral": text(models.MixtralBackbone, **GROUPED, num_experts=4),
    "MobileNet": mobilenet,
    "MobileNet image classifier": task(models.MobileNetImageClassifier, mobilenet, num_classes=3),
    "MobileNetV5": mobilenet_v5,
    "Moonshine": moonshine,
    "OPT": bert(models.OPTBackbone),
    "PaliGemma": pali_gemma,
    "PARSeq": parseq,
    "Phi-3": text(models.Phi3Backbone, **GROUPED),
    "Qwen": text(models.QwenBackbone, **GROUPED),
    "Qwen 3": text(models.Qwen3Backbone, **GROUPED, head_dim=4),
    "Qwen 3 MoE": experts(models.Qwen3MoeBackbone, head_dim=8),
    "Qwen MoE": experts(models.QwenMoeBackbone, shared_expert_intermediate_dim=8),
    "Qwen MoE (window)": experts(
        models.QwenMoeBackbone, shared_expert_intermediate_dim=8, norm_top_k_prob=True,
        decoder_sparse_step=2, use_sliding_window_attention=True, sliding_window_size=4),
    "ResNet v1": resnet("bottleneck_block"),
    "ResNet v2": resnet("bottleneck_block", pre=True),
    "ResNet vd": resnet("bottleneck_block_vd", vd=True),
    "ResNet image classifier": image_classifier,
    "RetinaNet": retinanet,
    "RetinaNet detector": retinanet_detector,
    "RoBERTa": bert(models.RobertaBackbone),
    "RoBERTa masked LM": task(models.RobertaMaskedLM, bert(models.RobertaBackbone)),
    "RoBERTa text classifier": task(
        models.RobertaTextClassifier, bert(models.RobertaBackbone), num_classes=3),
    "RoFormerV2": text(models.RoformerV2Backbone, **HEADS, head_size=8),
    "RQ-VAE": rqvae,
    "RWKV-7": rwkv,
    "SAM": sam,
    "SAM (points)": sam_segmenter,
    "SAM image encoder": sam_image_encoder(),
    "SegFormer": segformer,
    "SegFormer segmenter": task(models.SegFormerImageSegmenter, segformer, num_classes=3),
    "SigLIP": two_towers(models.SigLIPBackbone, models.SigLIPVisionEncoder, models.SigLIPTextEncoder),
    "SigLIP text encoder": text_tower(models.SigLIPTextEncoder),
    "SigLIP vision encoder": vision_tower(models.SigLIPVisionEncoder),
    "SmolLM3": smollm,
    "Stable Diffusion 3 (MMDiT)": mmdit,
    "Stable Diffusion 3 (VAE)": vae,
    "Stable Diffusion 3 (VAE decoder)": vae_decoder,
    "Stable Diffusion 3 (VAE encoder)": vae_encoder,
    "Swin": swin,
    "T5": text(models.T5Backbone, **HEADS, activation="gelu"),
    "T5 v1.0": text(models.T5Backbone, **HEADS, use_gated_activation=False),
    "T5Gemma": t5gemma(models.T5GemmaBackbone),
    "VGG": vgg,
    "VideoPrism": video_prism,
    "ViT": vit(),
    "ViT (int8)": quantised(vit()),
    "ViT image classifier": vit_classifier,
    "Whisper": whisper,
    "Whisper encoder": whisper_encoder,
    "Xception": xception,
    "XLM-RoBERTa": bert(models.XLMRobertaBackbone),
    "XLNet": xlnet,
}
